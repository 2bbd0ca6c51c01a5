# Which variables have a value, and which one.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
my @names = qw(verdict reason stage format kind issuer kid valid_until rule source pass_id problem reference);
my $format = join '|', '$uri', map({ "\$healthpass_$_" } @names), '$request_id';
my $nginx = HP::Server->new(
    access => 'all',
    http => "log_format all escape=none '$format';",
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        healthpass_expose @names;
        location / { proxy_pass http://venue; }
        location /plain { healthpass_expose verdict; proxy_pass http://venue; }
        location /two { healthpass_expose kind issuer; proxy_pass http://venue; }
        location /off { healthpass_verify off; proxy_pass http://venue; }
        location /optional { healthpass_verify optional; proxy_pass http://venue; }
        location /anonymous { healthpass_policy $dir/strangers.conf; proxy_pass http://venue; }
        location /rule { error_page 403 /plain/refused; proxy_pass http://venue; }
_EOC_
)->start;

# The variables after one request, by name.
my $count = 0;
sub variables {
    my ($path, $pass) = @_;
    $path .= '/' . ++$count;
    $nginx->get($path, headers => [ $pass ? hp_header($pass) : () ]);
    my $line;
    $nginx->wait_for(sub { ($line) = $nginx->access_log =~ m{^(\Q$path\E\|.*)$}m });
    my %v;
    @v{ 'uri', @names, 'request_id' } = split /\|/, $line // '', -1;
    return \%v;
}

my $v = variables('', 'good');
is_deeply([ @$v{qw(verdict reason stage format kind issuer source rule)} ],
    [ 'accepted', 'ok', 'none', 'hc1', 'v', 'AT', 'header:X-Health-Pass', $v->{rule} ], 'a vaccination');
like($v->{kid}, qr/^[0-9a-f]{16}$/, 'kid');
like($v->{valid_until}, qr/^20\d\d-[01]\d-[0-3]\dT\d\d:\d\d:\d\dZ$/, 'valid_until');
like($v->{pass_id}, qr/^[0-9a-f]{32}$/, 'pass_id');
is($v->{problem}, '', 'no problem');
like($v->{request_id}, qr/^\Q$v->{reference}\E/, 'reference: the beginning of $request_id');
is(length $v->{reference}, 8, '... of a length that can be read out');
is(variables('', 'good')->{pass_id}, $v->{pass_id}, 'the same pass has the same id');
isnt(variables('', 'child')->{pass_id}, $v->{pass_id}, 'another pass has another');
is(variables('', 'child')->{kind}, 't', 'a test');
is(variables('', 'recovered')->{kind}, 'r', 'a recovery');
is(variables('/anonymous', 'stranger')->{pass_id}, '', 'no identity key, no id');

$v = variables('', 'positive');
is_deeply([ @$v{qw(verdict reason stage kind issuer)} ], [ qw(refused rule-failed rules t AT) ], 'a rule failed');
like($v->{rule}, qr/^[A-Z][A-Z0-9-]+$/, 'which one');
like($v->{problem}, qr/^\{.*"reason":"rules","reference":"$v->{reference}"\}$/, 'the problem');
$v = variables('', 'expired');
is_deeply([ @$v{qw(verdict reason valid_until)} ], [ 'refused', 'expired', '2021-09-01T00:00:00Z' ], 'expired');
$v = variables('', 'forged');
is_deeply([ @$v{qw(verdict reason stage kind issuer valid_until pass_id)} ],
    [ qw(refused signature signature), '', '', '', '' ], 'what a forged pass says is not shown');
$v = variables('');
is_deeply([ @$v{qw(verdict reason stage format kind source)} ], [ qw(refused no-pass format), '', '', '' ], 'no pass');
$v = variables('/optional');
is_deeply([ @$v{qw(verdict reason problem)} ], [ 'none', 'no-pass', '' ], 'none, where it is optional');
$v = variables('/off', 'good');
is(join('', @$v{@names}), '', 'off: nothing');

my $hidden = sub { my $v = shift; join ',', grep { $v->{$_} ne '' } @names };
is($hidden->(variables('/plain', 'good')), 'verdict,reason,stage', 'three are always there');
is($hidden->(variables('/plain', 'positive')), 'verdict,reason,stage', '... also of a refusal');
is($hidden->(variables('/two', 'good')), 'verdict,reason,stage,kind,issuer', 'a location has its own list');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg|error)\]/, 'and complained of nothing');
done_testing();
