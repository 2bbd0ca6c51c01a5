# "Why was I refused?": what healthpass-nginx(5) tells support to do, done to the letter.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my ($section) = HP::Server::slurp('ngx_module/healthpass-nginx.5') =~ /^\.Sh A VISITOR CALLS\n(.*?)^\.Sh/ms;
my ($said) = $section =~ /here (\w{8})\./;
my @commands = $section =~ /^(z?grep .*)/mg;
my ($level) = $section =~ /^error_log \S+ (\w+);/m;
is(@commands, 3, 'the section has its commands');

my $dir = hp_dir();
my $nginx;
sub server {
    my ($listen, $more) = @_;
    $nginx = HP::Server->new(listen => $listen, level => $level, http => <<"_EOC_", server => <<"_MORE_" . $more);
    include $ENV{PWD}/ngx_module/healthpass-log.conf;
    access_log $dir/healthpass.log healthpass if=\$healthpass_reason;
_EOC_
        healthpass_expose reference problem;
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /named { healthpass_verify on; error_page 401 403 \@refused; proxy_pass http://venue; }
        location \@refused { add_header X-Reference \$healthpass_reference always; return 403; }
        location /uri { healthpass_verify on; error_page 401 403 /refused; proxy_pass http://venue; }
        location = /refused { internal; healthpass_verify off; add_header X-Reference \$healthpass_reference always;
            proxy_pass http://venue; }
        location = /check { healthpass_check; }
        location /asked { auth_request /ask; auth_request_set \$reference \$healthpass_reference;
            error_page 401 403 \@asked; proxy_pass http://venue; }
        location = /ask { internal; healthpass_check; }
        location \@asked { add_header X-Reference \$reference always; return 403; }
_MORE_
    $nginx->start;
}

# What the commands find for this reference, without what they print otherwise.
sub find_lines {
    my ($reference) = @_;
    return map {
        my $run = s/\Q$said\E/$reference/r =~ s{/var/log/nginx/error}{$nginx->{dir}/error}r
            =~ s{/var/log/nginx/healthpass}{$dir/healthpass}r;
        [ split /\n/, `$run` ];
    } @commands;
}

sub is_found {
    my ($name, $reference, $path, $reason) = @_;
    like($reference // '', qr/^[0-9a-f]{8}$/, "$name: the visitor is told a reference");
    my ($now, $all, $request) = find_lines($reference // 'none');
    is(@$now . @$all . @$request, $path ? '111' : '110', '... by which each command finds one line');
    like($now->[0] // '', qr/healthpass: refused, reason=$reason, .*reference=$reference/, '... the reason');
    is($all->[0], $now->[0], '... in old logs, too');
    like($request->[0] // '', qr/"reason":"$reason".*"uri":"$path"/, '... and the request') if $path;
}

server('', '');
for (1 .. 3) { # others, before and behind
    $nginx->get('/', headers => [ hp_header($_ & 1 ? 'stranger' : 'good') ]);
}
for ([ '/named', '/named', 'forged', 'signature' ], [ '/uri', '/refused', 'expired', 'expired' ],
    [ '/asked', '', 'stranger', 'signer-unknown' ]) {
    my ($path, $logged, $pass, $reason) = @$_;
    my (undef, $headers) = $nginx->get($path, headers => [ hp_header($pass) ]);
    my ($reference) = $headers =~ /^X-Reference: (\w+)/m;
    is_found($path, $reference, $logged, $reason);
}
my (undef, undef, $body) = $nginx->get('/check', headers => [ hp_header('expired') ]);
is_found('/check', $body =~ /"reference":"(\w+)"/, '/check', 'expired');
(undef, undef, $body) = $nginx->get('/check');
is_found('nothing shown', $body =~ /"reference":"(\w+)"/, '/check', 'no-pass');

# Rotated logs are found by the second command alone.
my ($old) = $body =~ /"reference":"(\w+)"/;
system('gzip', '-k', "$nginx->{dir}/error.log") == 0 or die;
rename "$nginx->{dir}/error.log.gz", "$nginx->{dir}/error.log.2.gz";
hp_write("$nginx->{dir}/error.log", '');
my ($now, $all) = find_lines($old);
is(@$now . @$all, '01', 'a rotated log is looked into by zgrep');
like($all->[0] // '', qr/reason=no-pass/, '... and has the line');
$nginx->stop;

# ---- HTTP/2 ----------------------------------------------------------------------

server('ssl http2', "ssl_certificate $dir/issuer/issuer.pem; ssl_certificate_key $dir/issuer/issuer.key;\n");
for (1, 2) {
    my $pass = hp_pass('forged');
    my $answer = `curl -sSk --http2 --max-time 10 -H 'X-Health-Pass: $pass' https://127.0.0.1:$nginx->{port}/check`;
    is_found("HTTP/2, request $_", $answer =~ /"reference":"(\w+)"/, '/check', 'signature');
}
is($nginx->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nginx has nothing to complain of');
done_testing;
