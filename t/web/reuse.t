# A pass that is shown for many: how many are let in, who keeps his place, what counts once, what is
# marked, refused, committed and released; over two workers, reloads and a full zone.
use strict;
use warnings;
use lib 't/web/lib';
use Compress::Zlib ();
use HP;
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant REQUESTS => $ENV{HEALTHPASS_LONG} ? 10_000 : 2_000;
use constant { PEOPLE => 50, LIMIT => 3, CLIENTS => 8 };

my $dir = hp_dir();
my $policy = "$dir/policy.conf";

sub by { return "X-Account: $_[0]" }

sub show {
    my ($nginx, $path, $name, $account, %more) = @_;
    return $nginx->get($path, headers => [ hp_header($name), by($account), @{ $more{headers} // [] } ], %more{qw(body type)});
}

# Its page of the status, read.
sub status {
    my ($nginx, $path) = @_;
    return JSON::PP->new->decode(($nginx->get($path))[2]);
}

my $status = 'location = /status { healthpass_status; } location = /top { healthpass_status top; }';

sub server {
    my (%option) = @_;
    return HP::Server->new(
        workers => 2,
        worker_user => 'www-data',
        access => 'told',
        http => "log_format told '\$request_uri \$status \$healthpass_reason reuse=\$healthpass_reuse uses=\$healthpass_uses';\n"
            . "healthpass_policy $policy;\nhealthpass_zone uses " . ($option{zone} // '1m') . ";\n"
            . "healthpass_expose uses pass_id;\n" . ($option{http} // ''),
        server => "$status\n$option{server}",
    )->start;
}

# ---- what nginx -t says ---------------------------------------------------------------------

sub said {
    my ($http, $server) = @_;
    my $nginx = HP::Server->new(http => $http, server => $server);
    return $nginx->check;
}

hp_write("$dir/keyless.conf", "trust = \"$dir/trust.d\";\nrules = \"minimal\";\n");
hp_policy('file', "ledger = \"file:$dir/uses\";");
hp_policy('fleet', 'ledger = "redis://127.0.0.1:1";');
my $by = 'by=$http_x_account';
my $zone = "client_body_buffer_size 64k; healthpass_policy $policy; healthpass_zone uses 1m;";
for my $case (
    [ $zone, "limit=3 $by", 'needs "limit=", "window=" and "by="' ],
    [ $zone, "window=1h $by", 'needs "limit=", "window=" and "by="' ],
    [ $zone, 'limit=3 window=1h', 'needs "limit=", "window=" and "by="' ],
    (map { [ $zone, "$_ window=1h $by", "invalid parameter \"$_\", expected a number from 1 to 32, once" ] }
        'limit=0', 'limit=33', 'limit=x', 'limit=-1'),
    [ $zone, "limit=3 limit=3 window=1h $by", 'invalid parameter "limit=3"' ],
    (map { [ $zone, "limit=3 $_ $by", "invalid parameter \"$_\", expected a time from 1s to 366d, once" ] }
        'window=0', 'window=367d', 'window=1x'),
    [ $zone, "limit=3 window=1h $by $by", 'expected a value, once' ],
    [ $zone, "limit=3 window=1h $by action=deny", 'expected "mark" or "refuse", once' ],
    [ $zone, "limit=3 window=1h $by fail=never", 'expected "closed" or "open", once' ],
    (map { [ $zone, "limit=3 window=1h $by $_", "invalid parameter \"$_\", expected statuses like 2xx" ] }
        'commit=2x', 'commit=2xx,', 'commit=9xx', 'commit=20x', 'commit=ok'),
    [ $zone, "limit=3 window=1h $by colour=red", 'invalid parameter "colour=red"' ],
    [ "healthpass_policy $policy;", "limit=3 window=1h $by", 'needs a "healthpass_zone"' ],
    [ "healthpass_policy $dir/keyless.conf; healthpass_zone uses 1m;", "limit=3 window=1h $by", 'needs an identity_key' ],
    [ "healthpass_policy $dir/file.conf; healthpass_zone uses 1m;", "limit=3 window=1h $by", 'which is for PAM' ],
    [ "healthpass_policy $dir/fleet.conf;", "limit=3 window=1h $by fail=open", 'needs a "healthpass_zone" to go on with' ],
    [ "$zone healthpass_zone more 1m;", "limit=3 window=1h $by", 'is duplicate' ],
    [ "healthpass_policy $policy; healthpass_zone uses 16k;", "limit=3 window=1h $by", 'is too small' ],
    [ "healthpass_policy $policy; healthpass_zone uses 1y;", "limit=3 window=1h $by", 'invalid size' ],
) {
    my ($http, $reuse, $words) = @$case;
    my ($text, $code) = said($http, "location / { healthpass_verify on; healthpass_reuse $reuse; }");
    ok($code != 0 && index($text, $words) >= 0, "nginx -t: $reuse: $words") or diag($text);
}
for my $reuse ("limit=1 window=1s $by", "limit=32 window=366d $by action=mark fail=closed commit=2xx,303", 'off') {
    my ($text, $code) = said($zone, "location / { healthpass_verify on; healthpass_reuse $reuse; }");
    is($code, 0, "nginx -t: $reuse") or diag($text);
    unlike($text, qr/warn/, '... without a warning');
}
for my $case ([ 'healthpass_verify on', 'fail=open', 'fail=open lets passes in that nobody counts' ],
    [ 'healthpass_check', 'commit=2xx', 'commit= has no effect for auth_request' ]) {
    my ($text, $code) = said($zone, "location / { $case->[0]; healthpass_reuse limit=1 window=1h $by $case->[1]; }");
    ok($code == 0 && index($text, "[warn]") >= 0 && index($text, $case->[2]) >= 0, "nginx -t warns: $case->[2]") or diag($text);
}

# ---- one zone, several gates ------------------------------------------------------------------

my $nginx = server(server => <<"_EOC_");
    location /refuse { healthpass_verify on; healthpass_reuse limit=3 window=1h $by action=refuse; proxy_pass http://venue; }
    location /mark { healthpass_verify on; healthpass_reuse limit=1 window=1h $by; proxy_set_header X-Verdict \$healthpass_reuse; proxy_pass http://venue; }
    location /plain { healthpass_verify on; proxy_set_header X-Verdict \$healthpass_reuse; proxy_pass http://venue; }
    location /optional { healthpass_verify optional; healthpass_reuse limit=1 window=1h $by; proxy_pass http://venue; }
    location /dry { healthpass_verify on; healthpass_dry_run on; healthpass_reuse limit=1 window=1h $by action=refuse; proxy_pass http://venue; }
    location /short { healthpass_verify on; healthpass_reuse limit=1 window=1s $by action=refuse; proxy_pass http://venue; }
    location /form { healthpass_verify on; healthpass_reuse limit=1 window=1h by=form:account action=refuse; client_body_buffer_size 64k; proxy_pass http://venue; }
    location /any { satisfy any; deny all; healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse; proxy_pass http://venue; }
    location /ask { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_reuse limit=1 window=1h $by action=refuse; }
    location /index/ { healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse; index page.html; }
    location /try { healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse; try_files /nothing /index/page.html =404; }
    location /page { healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse; error_page 404 /index/page.html; }
_EOC_
mkdir "$nginx->{dir}/html/index";
hp_write("$nginx->{dir}/html/index/page.html", "page\n");
chmod 0755, "$nginx->{dir}/html/index";
chmod 0644, "$nginx->{dir}/html/index/page.html";

is(scalar(show($nginx, '/refuse', 'good', "a$_")), $_ <= LIMIT ? 200 : 403, "account $_ of a limit of three") for 1 .. 5;
is(scalar(show($nginx, '/refuse', 'good', "a$_")), $_ <= LIMIT ? 200 : 403, "... and again") for 1 .. 5;
is(scalar(show($nginx, '/refuse', 'child', 'a5')), 200, 'another pass has its own count');
is($nginx->count(qr/\[warn\].*refused, reason=reused, stage=reuse, uses=\d+, .*pass=[0-9a-f]{32}/), 1,
    'one warning a pass and window');
is($nginx->count(qr/\[info\].*refused, reason=reused/), 3, 'further ones are refusals like any other');
my (undef, undef, $page) = show($nginx, '/refuse', 'good', 'a5');
is($page, (show($nginx, '/refuse', 'forged', 'a5'))[2], 'who is refused reads what a forger reads');

like((show($nginx, '/mark', 'recovered', 'b1'))[2], qr/verdict=\[ok\]/, 'mark: the first');
like((show($nginx, '/mark', 'recovered', 'b2'))[2], qr/verdict=\[suspect\]/, 'mark: the second is let in, and told of');
like((show($nginx, '/mark', 'recovered', 'b1'))[2], qr/verdict=\[ok\]/, 'mark: the first stays what he was');
is($nginx->count(qr/\[warn\].*accepted, suspect, reason=ok, .*uses=2, .*pass=[0-9a-f]{32}/), 1, 'mark: one warning');
like((show($nginx, '/plain', 'recovered', 'b3'))[2], qr/verdict=\[\]/, 'no healthpass_reuse: no value');
like($nginx->access_log, qr{^/mark 200 ok reuse=suspect uses=2$}m, 'variables in the access log');
like($nginx->access_log, qr{^/refuse 403 reused reuse=reused uses=4$}m, '... of a refusal too');

is($nginx->get('/optional'), 200, 'optional, without a pass: nobody counts');
is(scalar(show($nginx, '/refuse', $_, 'c1')), 403, "$_: refused for what it is") for qw(forged expired stranger);
is(scalar(show($nginx, '/refuse', 'good', '')), 503, 'nobody to count it for: closed');
is($nginx->count(qr/\[error\].*by= is empty/), 1, '... and told');
is(scalar(show($nginx, '/refuse', 'forged', '')), 403, '... but not of a pass that is none');

# What is judged again counts once.
is(scalar(show($nginx, '/index/', 'ended', 'd1')), 403, 'a pass that is refused is no use');
for my $path (qw(/index/ /try /page)) {
    is(scalar(show($nginx, $path, 'positive', 'x')), 403, "$path: refused by its rule");
}
my @fresh = map { my $n = $_; hp_fresh() } 0 .. 12;

sub hp_fresh {
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem", '--preset', 'adult-full');
    chomp $text;
    return $text;
}

sub present {
    my ($server, $path, $text, $account, %more) = @_;
    return $server->get($path, headers => [ "X-Health-Pass: $text", by($account) ], %more);
}

for my $case ([ '/index/', 0, 200 ], [ '/try', 1, 200 ], [ '/page', 2, 404 ]) {
    my ($path, $n, $code) = @$case;
    is(scalar(present($nginx, $path, $fresh[$n], 'one')), $code, "$path: a redirect counts once");
    is(scalar(present($nginx, $path, $fresh[$n], 'one')), $code, '... and the same again');
    is(scalar(present($nginx, $path, $fresh[$n], 'two')), 403, '... but no other');
}
is(scalar(present($nginx, '/ask', $fresh[3], 'one')), 200, 'auth_request: counted');
is(scalar(present($nginx, '/ask', $fresh[3], 'two')), 403, '... and refused');
is(scalar(present($nginx, '/any', $fresh[4], 'one')), 200, 'satisfy any: counted');
is(scalar(present($nginx, '/any', $fresh[4], 'two')), 403, '... and refused');
is(scalar(present($nginx, '/dry', $fresh[5], $_)), 200, "a dry run refuses nobody: $_") for qw(one two);
like($nginx->error_log, qr/refused, dry run, reason=reused/, '... but says so');
sub form { return join '&', map { "account=$_" } @_ }
is(scalar($nginx->get('/form', headers => [ "X-Health-Pass: $fresh[6]" ], body => form('one'))), 200, 'a field of the body');
is(scalar($nginx->get('/form', headers => [ "X-Health-Pass: $fresh[6]" ], body => form('two'))), 403, '... another one');
is(scalar($nginx->get('/form', headers => [ "X-Health-Pass: $fresh[6]" ], body => form('one', 'one'))), 403, '... given twice');
is(scalar(present($nginx, '/short', $fresh[7], 'one')), 200, 'a window of a second');
is(scalar(present($nginx, '/short', $fresh[7], 'two')), 403, '... is closed to another one');
ok($nginx->wait_for(sub { present($nginx, '/short', $fresh[7], 'two') == 200 }), '... until it is over');

# ---- all encodings of one pass; the same certificate, issued again ------------------------------

sub unbase45 {
    my %digit = map { substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:', $_, 1) => $_ } 0 .. 44;
    my @d = map { $digit{$_} } split //, substr shift, 4;
    my $bytes = '';
    while (my @three = splice @d, 0, 3) {
        my $n = $three[0] + 45 * $three[1] + 2025 * ($three[2] // 0);
        $bytes .= @three == 3 ? pack('n', $n) : pack 'C', $n;
    }
    return $bytes;
}

my $cose = Compress::Zlib::uncompress(unbase45($fresh[8]));
my @same = map { 'HC1:' . HP::hp_base45($_) } Compress::Zlib::compress($cose, 1), Compress::Zlib::compress($cose, 9),
    Compress::Zlib::compress("\xd8\x3d$cose"), Compress::Zlib::compress(substr $cose, 1);
is(scalar(present($nginx, '/refuse', $same[$_], "enc$_")), $_ < 3 ? 200 : 403, "encoding $_ of one pass counts as one") for 0 .. 3;

# ---- the operator's page ------------------------------------------------------------------------

my $zone_now = status($nginx, '/status')->{zone};
cmp_ok($zone_now->{passes}, '>=', 9, 'status: passes in the zone');
cmp_ok($zone_now->{reused}, '>=', 8, 'status: refused ones are counted');
is($zone_now->{suspect}, 1, 'status: marked ones too');
is_deeply([ @$zone_now{qw(away full)} ], [ 0, 0 ], 'status: nothing failed');
cmp_ok($zone_now->{pages_free}, '<', $zone_now->{pages}, 'status: how full the zone is');
my $top = status($nginx, '/top')->{ledger};
is($top->[0]{count}, 5, 'top: the most shared pass first');
is($top->[0]{places}, LIMIT, '... with those who have a place');
like($top->[0]{id}, qr/^[0-9a-f]{32}$/, '... and a keyed id');
ok($top->[0]{ends_in} > 3500 && $top->[0]{ends_in} <= 3600, '... that has an end');
is_deeply([ map { $_->{count} } @$top ], [ sort { $b <=> $a } map { $_->{count} } @$top ], '... sorted');

# ---- a reload keeps it, another size does not ------------------------------------------------------

ok($nginx->reload, 'a reload');
is(scalar(show($nginx, '/refuse', 'good', 'a4')), 403, '... forgets nothing');
$nginx->configure(http => $nginx->{http} =~ s/uses 1m/uses 2m/r);
ok($nginx->reload, 'a reload with another size');
is(scalar(show($nginx, '/refuse', 'good', 'a4')), 200, '... begins anew');
is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- commit and release ---------------------------------------------------------------------------

my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die $!; # an upstream that never answers
my $commit = server(server => <<"_EOC_");
    location /slow { healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse commit=2xx,303;
        proxy_pass http://127.0.0.1:@{[ $silent->sockport ]}; }
    location /book { healthpass_verify on; healthpass_reuse limit=1 window=1h $by action=refuse commit=2xx,303;
        proxy_pass http://127.0.0.1:1; proxy_set_header X-Want \$http_x_want; error_page 502 = \@answer; }
    location \@answer { if (\$http_x_want = 500) { return 500; } if (\$http_x_want = 303) { return 303 /ticket; } return 200 "booked\\n"; }
_EOC_
sub book { my ($text, $account, $want) = @_;
    return scalar $commit->get('/book', headers => [ "X-Health-Pass: $text", by($account), "X-Want: $want" ]) }
is(book($fresh[9], 'one', 500), 500, 'no booking');
is(book($fresh[9], 'two', 200), 200, '... is no use: the next one books');
is(book($fresh[9], 'one', 200), 403, '... and then it is one');
is(book($fresh[9], 'two', 500), 500, 'a retry that fails');
is(book($fresh[9], 'one', 200), 403, '... takes nothing back');
is(book($fresh[10], 'one', 303), 303, 'a status of the list');
is(book($fresh[10], 'two', 200), 403, '... is a use');
my $half = $commit->connect;
print $half "GET /slow HTTP/1.1\r\nHost: x\r\nX-Health-Pass: $fresh[11]\r\nX-Account: one\r\n\r\n";
ok(my $upstream = $silent->accept, 'a request that waits for its answer');
close $half;
ok($commit->wait_for(sub { $commit->access_log =~ m{^/slow 499 }m }), 'who hangs up before the answer');
is(book($fresh[11], 'two', 200), 403, '... may have been served: it is a use');
is(book($fresh[11], 'one', 200), 200, '... and the same one comes again for nothing');
is($commit->stop, 0, 'nginx ends well');

# ---- a ring with one key twice ----------------------------------------------------------------------

# As after a rotation that put the new key in front, and left it behind as well.
mkdir "$dir/ring";
hp_write("$dir/ring/identity.key", join '', map { $_ x 32 } qw(n k n));
chmod 0640, "$dir/ring/identity.key";
chown 0, scalar getgrnam('www-data'), "$dir/ring/identity.key" if $> == 0;
hp_write("$dir/ring.conf", qq(trust = "$dir/trust.d";\nrules = "minimal";\nidentity_key = "$dir/ring/identity.key";\n));
my $twice = HP::Server->new(workers => 2, worker_user => 'www-data',
    http => "healthpass_policy $dir/ring.conf; healthpass_zone uses 1m;",
    server => "location /book { healthpass_verify on; healthpass_reuse limit=2 window=1h $by action=refuse commit=2xx; proxy_pass http://127.0.0.1:1; }\n"
        . "location / { healthpass_verify on; healthpass_reuse limit=2 window=1h $by action=refuse; proxy_pass http://venue; }",
)->start;
is(scalar(show($twice, '/book', 'good', "a$_")), 502, 'a key twice in the ring: no booking') for 1 .. 3;
is(scalar(show($twice, '/', 'good', "b$_")), $_ <= 2 ? 200 : 403, "... and the limit is what it is: $_") for 1 .. 3;
is($twice->stop, 0, 'nginx ends well');
unlike($twice->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- two workers, many at once ---------------------------------------------------------------------

my $many = server(server => "location / { healthpass_verify on; healthpass_reuse limit=3 window=1h $by action=refuse;\n"
    . "keepalive_requests 100000; empty_gif; }\n"
    . "location /kept { healthpass_verify on; healthpass_reuse limit=3 window=1h $by action=refuse commit=2xx; keepalive_requests 100000; empty_gif; }");
for my $path ('/x', '/kept/x') {
    my $text = $fresh[$path eq '/x' ? 12 : 0];
    is(scalar(present($many, $path, $text, 'p0')), 200, "$path: who came first");
    my @pids;
    for my $client (0 .. CLIENTS - 1) {
        my $pid = fork // die;
        if ($pid == 0) {
            my (%accepted, $wrong);
            my $socket = $many->connect;
            for my $n (1 .. REQUESTS / CLIENTS) {
                my $who = 'p' . int rand PEOPLE;
                print $socket "GET $path HTTP/1.1\r\nHost: x\r\nX-Health-Pass: $text\r\nX-Account: $who\r\n\r\n";
                my $head = '';
                while ($head !~ /\r\n\r\n/) { sysread $socket, $head, 1, length $head or last }
                my ($code) = $head =~ /^HTTP\/1.1 (\d+)/;
                my ($length) = $head =~ /Content-Length: (\d+)/i;
                sysread $socket, my $body, $length if $length;
                $accepted{$who}++ if ($code // 0) == 200;
                $wrong++ if ($code // 0) != 200 && ($code // 0) != 403;
            }
            hp_write("$dir/client.$client", join ' ', sort keys %accepted);
            POSIX::_exit($wrong ? 1 : 0);
        }
        push @pids, $pid;
    }
    my $failed = grep { waitpid $_, 0; $? != 0 } @pids;
    is($failed, 0, "$path: each of " . REQUESTS . ' requests is answered');
    my %accepted = map { $_ => 1 } map { split ' ', HP::Server::slurp("$dir/client.$_") } 0 .. CLIENTS - 1;
    is(scalar keys %accepted, LIMIT, "$path: of " . PEOPLE . ' exactly ' . LIMIT . ' are let in');
    is(scalar(present($many, $path, $text, 'p0')), 200, "$path: who came first keeps his place");
}
is($many->stop, 0, 'nginx ends well');

# ---- a full zone -----------------------------------------------------------------------------------

my $full = server(zone => '32k', server => "location /closed { healthpass_verify on; healthpass_reuse limit=1 window=1h $by; empty_gif; }\n"
    . "location /open { healthpass_verify on; healthpass_reuse limit=1 window=1h $by fail=open; empty_gif; }\n"
    . "location /second { healthpass_verify on; healthpass_reuse limit=1 window=1s $by; empty_gif; }");
my ($n, $code) = (0, 200);
my @texts;
while ($code == 200 && $n++ < 400) {
    push @texts, hp_fresh();
    $code = present($full, '/closed', $texts[-1], 'one');
}
is($code, 503, "a full zone ($n passes) is closed");
is(scalar(present($full, '/open', $texts[-1], 'one')), 200, '... or open, where the operator says so');
like((present($full, '/closed', $texts[0], 'two'))[1], qr/^HTTP\/1.1 200/, '... who is in it is counted on');
cmp_ok($full->count(qr/\[error\].*refused, as fail=closed says: the ledger of uses has no room/), '>=', 1, '... and the log says so');
is($full->count(qr/\[error\].*reason=zone-full/), 0, '... not with each of them');
like($full->error_log, qr/let in and not counted, as fail=open says/, '... of both');
cmp_ok(status($full, '/status')->{zone}{full}, '>=', 2, '... and the status');
is(status($full, '/status')->{reuse_fail_open}, JSON::PP::true(), '... which says that it is open');
is($full->stop, 0, 'nginx ends well');
done_testing();
