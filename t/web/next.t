# healthpass_policy_next: tomorrow's policy is counted, and decides nothing.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use JSON::PP;
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
my $deny = hp_write("$dir/deny", "healthpass deny list 1\n");

# Tomorrow trusts a stranger too, judges no content, and blocks whom its deny list names.
my @tomorrow = ("trust = [ \"$dir/trust.d\", \"$dir/more.d\" ];", 'rules = "authentic-only";',
    "identity_key = \"$dir/identity.key\";", "deny_list = \"$deny\";");
mkdir "$dir/more.d";
hp_write("$dir/more.d/stranger.pem", HP::Server::slurp("$dir/stranger/issuer.pem"));
my $next = hp_write("$dir/next.conf", join "\n", @tomorrow, '');
my $blocked = hp_write("$dir/blocked.txt", hp_pass('recovered') . "\n");
hp_ctl('revoke', 'add', '--pass', $blocked, '--policy', $next);

my $nginx = HP::Server->new(
    http => "healthpass_policy $dir/policy.conf; healthpass_policy_next $next; healthpass_refresh 100ms; healthpass_zone uses 1m;",
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /named { healthpass_verify on; healthpass_holder name=\$arg_name; proxy_pass http://venue; }
        location /once { healthpass_verify on; healthpass_reuse limit=1 window=1h by=\$arg_by action=refuse; proxy_pass http://venue; }
        location /tries { healthpass_verify on; root html; try_files /none /same; }
        location /same { healthpass_verify on; proxy_pass http://venue; }
        location /off { healthpass_verify on; healthpass_policy_next off; proxy_pass http://venue; }
        location /dry { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
        location = /check { healthpass_check; }
        location = /status { healthpass_status; }
        location = /ready { healthpass_status ready; }
_EOC_
)->start;

sub status { return decode_json(($nginx->get('/status'))[2]) }

# What a request adds: passes judged, and by which reason the two policies differ.
my $kept = status()->{next};
sub adds {
    my ($name, $judged, $refuses, $accepts, $code, $path, @request) = @_;
    is($nginx->get($path, @request), $code, $name);
    my $now = status()->{next};
    my %changed = map { my $how = $_; $how => { map { my $n = $now->{$how}{$_} - $kept->{$how}{$_}; $n ? ($_ => $n) : () }
        keys %{ $now->{$how} } } } qw(refuses accepts);
    is_deeply([ $now->{judged} - $kept->{judged}, @changed{qw(refuses accepts)} ], [ $judged, $refuses, $accepts ],
        '... and what tomorrow would say');
    $kept = $now;
}
sub header { return (headers => [ hp_header(shift) ]) }

is_deeply([ $kept->{judged}, grep { $_ } map { values %{ $kept->{$_} } } qw(refuses accepts) ], [ 0 ], 'nothing yet');
adds('no pass', 0, {}, {}, 401, '/');
adds('a good pass', 1, {}, {}, 200, '/', header('good'));
adds('a forged one', 1, {}, {}, 403, '/', header('forged'));
adds('a stranger', 1, {}, { 'signer-unknown' => 1 }, 403, '/', header('stranger'));
adds('a positive test', 1, {}, { 'rule-failed' => 1 }, 403, '/', header('positive'));
adds('blocked from tomorrow on', 1, { 'denied-here' => 1 }, {}, 200, '/', header('recovered'));
adds('in a dry run', 1, {}, { 'signer-unknown' => 1 }, 200, '/dry', header('stranger'));
adds('by healthpass_check', 1, { 'denied-here' => 1 }, {}, 204, '/check', header('recovered'));
adds('switched off', 0, {}, {}, 200, '/off', header('recovered'));
adds('once for an internal redirect', 1, { 'denied-here' => 1 }, {}, 200, '/tries', header('recovered'));
adds('the same person is asked for', 1, {}, {}, 403, '/named?name=Nobody', header('good'));
adds('... also who is a stranger', 1, {}, {}, 403, '/named?name=Nobody', header('stranger'));

# the ledger is asked once, for today, and is no difference
adds('the first use', 1, {}, {}, 200, '/once?by=a', header('child'));
adds('refused as one too many', 1, {}, {}, 403, '/once?by=b', header('child'));
adds('... and tomorrow by its list', 1, { 'denied-here' => 1 }, {}, 200, '/once?by=a', header('recovered'));
my $zone = status()->{zone};
is_deeply([ @$zone{qw(passes used reused)} ], [ 2, 2, 1 ], 'each use is one');
is($nginx->count(qr/healthpass: (?:refused|accepted|fault)/), $nginx->count(qr/healthpass: .*reference=/), 'no line is of tomorrow');
is($nginx->count(qr/reason=denied-here/), 0, '... at all');

# ---- its faults are not the gate's -----------------------------------------------

sub tomorrow { my ($state) = grep { $_->{path} eq $next } @{ status()->{policies} }; return $state }
is(tomorrow()->{role}, 'next', 'it shows as what it is');
is((grep { $_->{role} eq 'gate' } @{ status()->{policies} })[0]{path}, "$dir/policy.conf", '... beside the gate\'s');
is(scalar @{ status()->{policies} }, 2, '... and no other');

hp_write($next, "nonsense = 1;\n");
ok($nginx->wait_for(sub { tomorrow()->{fault} }, 10), 'a broken one shows');
sleep 0.5;
is($nginx->count(qr{\[error\] .*the policy read before stays: \Q$next\E:1: }), 1, '... is told of once');
adds('... and the one before goes on', 1, {}, { 'rule-failed' => 1 }, 403, '/', header('positive'));
hp_write($next, join "\n", @tomorrow, 'web = { rules = "minimal"; };', '');
ok($nginx->wait_for(sub { !tomorrow()->{fault} }, 10), 'another one is taken up');
adds('... and goes by its rules', 1, {}, {}, 403, '/', header('positive'));

hp_write($next, "trust = \"$dir/nobody.d\";\nrules = \"minimal\";\n");
ok($nginx->wait_for(sub { tomorrow()->{state} eq 'fault' }, 10), 'one without keys is at fault');
is_deeply([ ($nginx->get('/ready'))[0, 2] ], [ 200, "ready\n" ], '... the gate is ready');
adds('... and judges, and it is counted', 1, { 'trust-missing' => 1 }, {}, 200, '/', header('good'));
adds('... whom both cannot let in is no difference', 1, {}, {}, 403, '/', header('forged'));

# when its legal basis has ended, and how
for ([ 'refuse', { 'ended' => 1 }, {}, 'good', 200 ], [ 'off', {}, { 'signature' => 1 }, 'forged', 403 ]) {
    my ($answer, $refuses, $accepts, $pass, $code) = @$_;
    hp_write($next, join "\n", @tomorrow, 'ends = "2026-01-01";', "ends_answer = \"$answer\";", '');
    ok($nginx->wait_for(sub { tomorrow()->{state} eq ($answer eq 'off' ? 'off' : 'ended') }, 10), "ends_answer = $answer");
    adds('... is judged by', 1, $refuses, $accepts, $code, '/', header($pass));
}
hp_write($next, join "\n", @tomorrow, '');
is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- nginx -t --------------------------------------------------------------------

sub refused {
    my ($lines, $says) = @_;
    my ($text, $exit) = HP::Server->new(server => $lines)->check;
    ok($exit != 0 && index($text, $says) >= 0, "refused: $lines") or diag $text;
}
hp_write("$dir/wrong.conf", "nonsense = 1;\n");
refused("healthpass_policy_next $dir/wrong.conf; location / { healthpass_verify on; }", "$dir/wrong.conf:1: nonsense");
refused("healthpass_policy_next $dir/none.conf; healthpass_verify on;", "$dir/none.conf: No such file");
refused("healthpass_policy_next $next rules=none; healthpass_verify on;", 'none');
refused("healthpass_policy_next $next rules=; healthpass_verify on;", 'invalid parameter "rules="');
refused("healthpass_policy_next $next strict; healthpass_verify on;", 'invalid parameter "strict"');
refused('healthpass_policy_next off rules=x; healthpass_verify on;', 'invalid parameter "rules=x"');
refused('healthpass_policy_next ""; healthpass_verify on;', 'invalid parameter ""');
refused("healthpass_policy_next $next; healthpass_policy_next off; healthpass_verify on;", '"healthpass_policy_next" directive is duplicate');
refused('healthpass_policy_next;', 'invalid number of arguments');
my ($text, $exit) = HP::Server->new(server => "healthpass_policy_next $dir/none.conf; location / { healthpass_verify on; healthpass_policy_next off; }")->check;
is($exit, 0, 'what is switched off is not read') or diag $text;
done_testing();
