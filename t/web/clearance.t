# healthpass_clearance: what wins one, what it is good for, and each way in which it is none; over two
# workers, reloads, blocks and keys that are rotated.  And exemptions: once, whoever is the fastest.
use strict;
use warnings;
use lib 't/web/lib', 't/lib';
use HP;
use MIME::Base64 qw(decode_base64url encode_base64url);
use Redis;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = hp_dir();
my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $deny = hp_write("$dir/deny.list", "healthpass deny list 1\n");
chmod 0644, $deny;

# A file of keys that workers read, too.
sub key {
    my ($name, $bytes) = @_;
    my $path = hp_write("$dir/$name.new-key", $bytes);
    chmod 0640, $path;
    chown 0, scalar getgrnam('www-data'), $path if $> == 0;
    rename $path, "$dir/$name.key" or die $!;
    return "$dir/$name.key";
}

my $key = key('clearance', 'c' x 32);
my $foreign = key('foreign', 'f' x 32);
my $policy = hp_policy('policy', "deny_list = \"$deny\";");
my $strict = hp_policy('strict', "deny_list = \"$deny\";", 'schema = "strict";');
my $clear = "healthpass_clearance cookie=hp key=$key ttl=1h";
my $by = 'healthpass_reuse limit=1 window=1h action=refuse by=$http_x_account';

sub gate {
    my ($path, $more) = @_;
    return "location $path { healthpass_verify on; $more; proxy_pass http://venue; }\n";
}

my $h2 = HP::Server::free_port();
my $nginx = HP::Server->new(
    workers => 2,
    worker_user => 'www-data',
    listen => 'reuseport',
    access => 'told',
    http => "log_format told '\$request_uri \$status \$healthpass_verdict source=\$healthpass_source reuse=\$healthpass_reuse until=\$healthpass_valid_until';\n"
        . "healthpass_policy $policy; healthpass_zone uses 1m; healthpass_refresh 1s; client_body_buffer_size 64k;\n"
        . "large_client_header_buffers 4 16k;\nhealthpass_expose source valid_until problem;\n",
    server => join('',
        "listen 127.0.0.1:$h2 http2;\n",
        gate('/plain', $clear),
        gate('/short', "healthpass_clearance cookie=hp key=$key ttl=1s"),
        gate('/header', "healthpass_clearance header=X-Clearance key=$key ttl=1h"),
        gate('/scope', "$clear scope=stage"),
        gate('/foreign', "healthpass_clearance cookie=hp key=$foreign ttl=1h"),
        gate('/strict', "$clear samesite=strict; healthpass_policy $strict"),
        gate('/none', "$clear samesite=none"),
        gate('/bind', "$clear bind=\$http_x_session"),
        gate('/holder', "$clear; healthpass_holder name=\$http_x_name"),
        gate('/dob', "$clear; healthpass_holder name=\$http_x_name dob=\$http_x_dob"),
        gate('/visit', "$clear; healthpass_visit \$http_x_visit max=30d"),
        gate('/by', "$clear; $by"),
        gate('/mark', "$clear; healthpass_reuse limit=1 window=1h by=\$http_x_account"),
        gate('/commit', "$clear; $by commit=2xx"),
        gate('/dry', "$clear; healthpass_dry_run on"),
        gate('/off', 'healthpass_clearance off'),
        gate('/post', "$clear; healthpass_source form:pass"),
        gate('/party', "$clear; healthpass_source form:pass[]; healthpass_persons count=\$http_x_count max=9"),
        gate('/pair', "$clear; healthpass_source form:pass[]; healthpass_persons count=\$http_x_count max=2"),
        gate('/kept', "$clear; healthpass_strip off"),
        gate('/exempt', "$clear exemptions=on; $by"),
        "location /dry-run/ { healthpass_verify on; $clear exemptions=on; $by;\n"
            . " location /dry-run/first { healthpass_dry_run on; try_files /nothing /dry-run/real; }\n"
            . " location /dry-run/only { healthpass_dry_run on; proxy_pass http://venue; }\n"
            . " location /dry-run/real { proxy_pass http://venue; } }\n",
        gate('/exempt-bind', "$clear exemptions=on scope=stage bind=\$http_x_session"),
        gate('/exempt-party', "$clear exemptions=on; healthpass_source form:pass[]; "
            . "healthpass_persons count=\$http_x_count max=9; $by"),
        "location /optional { healthpass_verify optional; $clear; proxy_pass http://venue; }\n",
        "location = /check { internal; healthpass_check; $clear; }\n",
        "location /asking { auth_request /check; auth_request_set \$cleared \$sent_http_set_cookie;"
            . " add_header Set-Cookie \$cleared; proxy_pass http://venue; }\n",
        "location = /api { healthpass_check; $clear; }\n",
        "location /first/ { healthpass_verify on; $clear; healthpass_log_level notice; try_files /nothing /second\$uri; }\n",
        gate('/second/', "$clear; healthpass_holder name=\$http_x_name"),
        "location = /status { healthpass_status; }\n"),
)->start;

# Status, headers, body; the pass of that name, cookies and other header lines.
sub ask {
    my ($path, %o) = @_;
    my @lines = map { "$_\n" } @{ $o{lines} // [] };
    push @lines, hp_header($o{pass}) if $o{pass};
    push @lines, "Cookie: hp=$o{hp}\n" if defined $o{hp};
    return $nginx->get($path, headers => \@lines, map { $_ => $o{$_} } grep { exists $o{$_} } qw(body type method));
}

sub cookie_of { return $_[0] =~ /^Set-Cookie: hp=([\w-]+);/m ? $1 : undef }

# Wins one; dies if there is none.
sub won {
    my ($path, %o) = @_;
    my ($status, $head) = ask($path, pass => 'good', %o);
    my $cookie = cookie_of($head);
    ok($status == 200 && defined $cookie, "$path: a pass wins a clearance") or diag "$status\n$head";
    return $cookie;
}

sub good { my ($path, $cookie, %o) = @_; is(scalar ask($path, hp => $cookie, %o), 200, $o{what} // "$path: it is good") }
sub none { my ($path, $cookie, $what, %o) = @_; is(scalar ask($path, hp => $cookie, %o), 401, "$path: $what") }
sub lines { return { lines => [ @_ ] } }

# ---- what it looks like ---------------------------------------------------------------------

my ($status, $head, $body) = ask('/plain', pass => 'good');
is($status, 200, 'a pass is accepted');
like($head, qr/^Set-Cookie: hp=[A-Za-z0-9_-]{100,200}; Path=\/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax\r?$/m, 'with a cookie');
like($head, qr/^Cache-Control: no-store\r?$/m, 'that no cache keeps');
my $cookie = cookie_of($head);
($status, $head, $body) = ask('/plain', hp => $cookie);
is($status, 200, 'which is good without the pass');
unlike($head, qr/Set-Cookie/, '... and not given again');
like($body, qr/cookie=\[\]/, '... and does not reach the upstream');
like((ask('/kept', hp => $cookie))[2], qr/cookie=\[hp=/, '... but with healthpass_strip off');
like($nginx->access_log, qr{^/plain 200 accepted source=clearance reuse=- until=20}m, '$healthpass_source and others');
good('/plain', $cookie, what => 'among others', lines => [ 'Cookie: a=1; b=2' ]);
like((ask('/none', pass => 'good'))[1], qr/SameSite=None/, 'samesite=none');
like((ask('/strict', pass => 'good'))[1], qr/SameSite=Strict/, 'samesite=strict');
is(cookie_of((ask('/plain'))[1]), undef, 'nobody without a pass has one');
is(cookie_of((ask('/plain', pass => $_))[1]), undef, "nor with one that is $_") for qw(expired forged positive stranger);
is(cookie_of((ask('/dry', pass => 'good'))[1]), undef, 'nor in a dry run');
is(cookie_of((ask('/optional'))[1]), undef, 'nor who is let through without');
like((ask('/optional', hp => 'x'))[2], qr/cookie=\[\].*verdict/, 'whose cookie does not reach the upstream either');
good('/optional', won('/optional'));
is(cookie_of((ask('/off', pass => 'good'))[1]), undef, 'nor where it is off');
none('/off', $cookie, 'and there it is none');

# ---- none ------------------------------------------------------------------------------------

my $bytes = decode_base64url($cookie);
sub changed { my ($at, $to) = @_; my $b = $bytes; substr($b, $at, length $to) = $to; return encode_base64url($b) }

none('/plain', changed(0, "\0"), 'an old version');
none('/plain', changed(0, "\2"), 'a new version');
none('/plain', changed(1, 'X'), 'another kind');
none('/plain', changed(11, "\xff" x 8), 'a later end');
none('/plain', changed(length($bytes) - 1, chr(ord(substr $bytes, -1) ^ 1)), 'a forged one');
none('/plain', substr($cookie, 0, $_), "cut at $_") for 1, 50, length($cookie) - 1;
none('/plain', $cookie . 'AAAA', 'one that is longer');
none('/plain', 'A' x 4000, '4 KB of it');
none('/plain', 'A' x 12000, '12 KB');
none('/plain', '%00%ff', 'bytes');
none('/plain', '%zz', 'a wrong encoding');
none('/plain', "$cookie; hp=$cookie", 'twice');
is(scalar ask('/plain', hp => 'x', pass => 'good'), 200, 'a bad one does not stand in the way of a pass');
none('/scope', $cookie, 'of another scope');
none('/foreign', $cookie, 'of another key');
none('/strict', $cookie, 'of another policy');
none('/bind', $cookie, 'of a place that binds to nothing', lines => [ 'X-Session: s1' ]);
none('/holder', $cookie, 'of a place that asks for nobody', lines => [ 'X-Name: x' ]);
none('/by', $cookie, 'of a place that does not count', lines => [ 'X-Account: a' ]);

my $session = won('/bind', lines => [ 'X-Session: s1' ]);
good('/bind', $session, lines => [ 'X-Session: s1' ]);
none('/bind', $session, 'stolen, shown in another session', lines => [ 'X-Session: s2' ]);
none('/bind', $session, 'stolen, shown in none');
none('/plain', $session, 'shown where nothing is bound');
is(cookie_of((ask('/bind', pass => 'good'))[1]), undef, 'nothing to bind to: none is given');

hp_write("$dir/person.json", '{"ver":"1.3.0","nam":{"fn":"Beispiel","fnt":"BEISPIEL","gn":"Erna","gnt":"ERNA"},"dob":"1971-02-03",'
    . '"v":[{"tg":"840539006","vp":"1119349007","mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,"dt":"2026-06-01",'
    . '"co":"AT","is":"Test","ci":"URN:UVCI:01:AT:0123456789AB"}]}');
chomp(my $erna = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem", '--payload', "$dir/person.json"));
my @her = ('X-Name: Erna Beispiel');
my $holder = won('/holder', pass => undef, lines => [ "X-Health-Pass: $erna", @her ]);
good('/holder', $holder, lines => \@her);
none('/holder', $holder, 'shown for somebody else', lines => [ 'X-Name: Somebody Else' ]);
none('/dob', $holder, 'where more is asked for', lines => [ @her, 'X-Dob: 1971-02-03' ]);

my @day = map { POSIX::strftime('%Y-%m-%d', gmtime(time + 86400 * $_)) } 0 .. 3;
my $visit = won('/visit', lines => [ "X-Visit: $day[2]" ]);
good('/visit', $visit, lines => [ "X-Visit: $day[2]" ]);
none('/visit', $visit, 'shown for another day', lines => [ "X-Visit: $day[3]" ]);

my $first = won('/by', lines => [ 'X-Account: a' ]);
good('/by', $first, lines => [ 'X-Account: a' ]) for 1 .. 3;
none('/by', $first, 'shown by another account', lines => [ 'X-Account: b' ]);
none('/by', $first, 'shown by nobody');
is(scalar ask('/by', pass => 'good', lines => [ 'X-Account: b' ]), 403, 'a pass that is used up');
none('/mark', $first, 'of a place that counts otherwise', lines => [ 'X-Account: a' ]);
($status, $head) = ask('/mark', pass => 'good', lines => [ 'X-Account: b' ]);
is($status, 200, 'a pass that is marked as suspect');
is(cookie_of($head), undef, 'wins none: it is to be marked each time');
is(cookie_of((ask('/commit', pass => 'child', lines => [ 'X-Account: a' ]))[1]), undef, 'nor one whose count waits for the answer');

sub party { return join '&', map { 'pass%5B%5D=' . hp_encoded($_) } @_ }
my $two = party(qw(good recovered));
my $pair = won('/party', pass => undef, body => $two, lines => [ 'X-Count: 2' ]);
good('/party', $pair, lines => [ 'X-Count: 2' ]);
none('/party', $pair, 'shown for three', lines => [ 'X-Count: 3' ]);
my $three = won('/party', pass => undef, body => party(qw(good recovered child)), lines => [ 'X-Count: 3' ]);
none('/pair', $three, 'shown for three where two are the most', lines => [ 'X-Count: 3' ]);
is(cookie_of((ask('/party', body => party(qw(good expired)), lines => [ 'X-Count: 2' ]))[1]), undef, 'all or nothing');

my $post = won('/post', pass => undef, body => 'pass=' . hp_encoded('good'));
is(scalar ask('/post', hp => $post, body => 'x=1'), 200, 'a form without the pass, with the clearance');

# ---- time ------------------------------------------------------------------------------------

my $short = won('/short');
is($short && scalar ask('/short', hp => $short), 200, 'good for a second');
sleep 1.1;
none('/short', $short, 'and no longer');
none('/short', $cookie, 'nor is one that was given for longer, before the time was cut');
is($nginx->count(qr/clearance expired: a pass is needed, reference=[0-9a-f]{8}/) > 0, 1, 'which the log says');

# ---- other ways in ---------------------------------------------------------------------------

($status, $head) = ask('/header', pass => 'good');
my ($token) = $head =~ /^X-Clearance: ([\w-]+)\r?$/m;
ok(defined $token, 'as a header');
unlike($head, qr/Set-Cookie/, 'and no cookie');
is(scalar ask('/header', lines => [ "X-Clearance: $token" ]), 200, 'which is good');
is(scalar ask('/header', lines => [ "X-Clearance: $token", "X-Clearance: $token" ]), 401, '... but not twice');
is(scalar ask('/header', lines => [ "X-Clearance: " ]), 401, '... nor empty');

($status, $head) = ask('/api', pass => 'good');
is($status, 204, 'healthpass_check');
ok(defined cookie_of($head), 'gives one');
is(scalar ask('/api', hp => cookie_of($head)), 204, 'and takes it');
($status, $head) = ask('/asking', pass => 'good');
is($status, 200, 'auth_request');
my $asked = cookie_of($head);
ok(defined $asked, 'gives one by auth_request_set') or diag $head;
like((ask('/asking', hp => $asked))[2], qr/cookie=\[\]/, 'takes it, and keeps it from the upstream');
is(scalar ask('/asking', hp => 'x'), 401, 'and no other');

is(scalar ask('/first/x', hp => $cookie, lines => [ 'X-Name: x' ]), 401, 'a redirect to a place that asks for more');
($status, $head, $body) = ask('/first/x', hp => $cookie, lines => [ "X-Health-Pass: $erna", @her ]);
is($status, 200, '... which the pass beside the clearance is good for');
like($body, qr/pass=\[\] cookie=\[\]/, '... and neither reaches the upstream');

SKIP: {
    skip 'no curl with HTTP/2', 2 unless `curl --version` =~ /HTTP2/;
    my @h2 = ('curl', '-s', '--http2-prior-knowledge', '-o', '/dev/null', '-w', '%{http_code}');
    my $url = "http://127.0.0.1:$h2/plain";
    is(`@h2 -H 'Cookie: hp=$cookie' $url`, '200', 'HTTP/2');
    is(`@h2 -H 'Cookie: hp=$cookie' -H 'Cookie: hp=$cookie' $url`, '401', 'HTTP/2: twice, in two lines');
}

# ---- reload, keys, blocks --------------------------------------------------------------------

# The answer that both workers agree on, and after how many seconds.
sub settles {
    my ($want, $path, $cookie, $what) = @_;
    my $start = time;
    ok($nginx->wait_for(sub {
        for (1 .. 8) { return 0 if ask($path, hp => $cookie) != $want }
        return 1;
    }), $what);
    return time - $start;
}

# Does what changes a file, and waits until each worker has said so.
sub both {
    my ($pattern, $what, $do) = @_;
    my $before = $nginx->count($pattern);
    $do->();
    ok($nginx->wait_for(sub { $nginx->count($pattern) >= $before + 2 }), "both workers: $what");
}

my $lists = qr/healthpass: \Q$policy\E: lists of withdrawn passes were taken up anew/;
ok($nginx->reload, 'a reload');
good('/plain', $cookie, what => 'behind which it is still good');

both(qr/\Q$key\E: taken up anew, 2 keys of clearances/, 'two keys', sub { key('clearance', 'n' x 32 . 'c' x 32) });
good('/plain', $cookie, what => 'a new key in front: the old ones stay good');
my $newer = won('/plain');
key('clearance', 'n' x 32);
settles(401, '/plain', $cookie, 'the old key is taken out: they end, without a reload');
settles(200, '/plain', $newer, 'and those of the new key stay');
both(qr/the keys of clearances read before stay/, 'no key', sub { key('clearance', 'short') });
good('/plain', $newer, what => 'a file that is none changes nothing');
is($nginx->count(qr/the keys of clearances read before stay: .* has 5 bytes, expected 32/), 2, 'and is told, once a worker');
both(qr/\Q$key\E: taken up anew, 1 keys of clearances/, 'one key', sub { key('clearance', 'n' x 32) });

hp_write("$dir/good.txt", hp_pass('good'));
hp_ctl('revoke', 'add', '--policy', $policy, '--pass', "$dir/good.txt");
my $took = settles(401, '/plain', $newer, 'a blocked pass loses its clearance');
cmp_ok($took, '<', 1.5, 'within a second');
both($lists, 'a block less', sub { hp_ctl('revoke', 'remove', '--policy', $policy, '--pass', "$dir/good.txt") });
settles(200, '/plain', $newer, 'a block that was taken back is none');
my $child = won('/plain', pass => 'child');
good('/plain', $child);
my $list = HP::Server::slurp($deny);
hp_write($deny, $list . "S 00112233445566778899aabbccddeeff added=2026-11-01T00:00:00Z\n");
chmod 0644, $deny;
settles(401, '/plain', $child, 'a block by bare hash ends those given before');
both($lists, 'the list before', sub { hp_write($deny, $list); chmod 0644, $deny });
$child = won('/plain', pass => 'child');

hp_policy('policy', "deny_list = \"$deny\";", 'clock_skew = "5s";');
settles(401, '/plain', $child, 'so does another policy');
hp_policy('policy', "deny_list = \"$deny\";");
settles(200, '/plain', $child, 'and not the same one again');
chmod 0000, $policy;
rename "$dir/trust.d", "$dir/trust.gone";
chmod 0644, $policy;
settles(503, '/plain', $child, 'where nobody is judged, a clearance does not help');
both(qr/healthpass: \Q$policy\E: taken up anew, [1-9]/, 'trust again', sub { rename "$dir/trust.gone", "$dir/trust.d" });
settles(200, '/plain', $child, '... until somebody is again');

# ---- exemptions ------------------------------------------------------------------------------

sub issue { my @args = @_; my @all = split /\n/, hp_ctl('clearance', 'issue', '--key', $key, '--by', 'test', @args); return wantarray ? @all : $all[0] }
sub exempt { my ($path, $text, @lines) = @_; return ask($path, lines => [ "X-Health-Pass: $text", @lines ]) }

my $one = issue('--for', 'B-1');
is(scalar exempt('/exempt', $one, 'X-Account: B-2'), 403, 'an exemption of another booking');
is(scalar exempt('/exempt', substr($one, 0, -1) . 'Z', 'X-Account: B-1'), 403, 'a damaged one');
is(scalar exempt('/exempt', issue('--for', 'B-1', '--scope', 'x'), 'X-Account: B-1'), 403, 'of another scope');
is(scalar exempt('/by', $one, 'X-Account: B-1'), 403, 'where none is taken');
is(scalar exempt('/exempt', $one, 'X-Account: B-1', "X-Health-Pass: $one"), 403, 'twice in one request');
($status, $head) = exempt('/exempt', $one, 'X-Account: B-1');
is($status, 200, 'the right one');
my $exempted = cookie_of($head);
is(scalar exempt('/exempt', $one, 'X-Account: B-1'), 403, 'once');
like($nginx->error_log, qr/healthpass: accepted, exemption, reason=ok, .*pass=[0-9a-f]{32}/, 'it is on record');
unlike($nginx->error_log, qr/B-1\b(?!.*request:)/, 'without the booking');
ok(defined $exempted, 'it wins a clearance');
good('/exempt', $exempted, lines => [ 'X-Account: B-1' ]);
none('/exempt', $exempted, 'of another booking', lines => [ 'X-Account: B-2' ]);

my $staged = issue('--for', 's9', '--scope', 'stage');
is(scalar exempt('/exempt-bind', $staged), 403, 'bound to nothing');
is(scalar exempt('/exempt-bind', $staged, 'X-Session: s9'), 200, 'bound by bind=');
is(scalar exempt('/exempt-bind', $staged, 'X-Session: s9'), 403, '... once');

my @three = map { s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger } issue('--for', 'P-1', '--persons', 3);
my @count = ('X-Count: 2', 'X-Account: P-1');
is(scalar ask('/exempt-party', lines => \@count, body => "pass%5B%5D=$three[0]&pass%5B%5D=$three[0]"), 403, 'one for two of a party');
is(scalar ask('/exempt-party', lines => \@count, body => "pass%5B%5D=$three[0]&" . party('expired')), 403, 'beside a pass that is refused');
is(scalar ask('/exempt-party', lines => \@count, body => "pass%5B%5D=$three[0]&" . party('recovered')), 200, 'beside a good one: it was not used up');
is(scalar ask('/exempt-party', lines => \@count, body => "pass%5B%5D=$three[1]&pass%5B%5D=$three[2]"), 200, 'one each');
is(scalar ask('/exempt-party', lines => \@count, body => "pass%5B%5D=$three[1]&" . party('recovered')), 403, 'which are used now');

my $dry = issue('--for', 'D-1');
is(scalar exempt('/dry-run/only', $dry, 'X-Account: D-1'), 200, 'in a dry run') for 1 .. 2;
is($nginx->count(qr/healthpass: accepted, exemption, dry run/), 2, '... judged, and not used up');
is(scalar exempt('/dry-run/first', $dry, 'X-Account: D-1'), 200, '... the real gate behind it lets in');
is(scalar exempt('/dry-run/real', $dry, 'X-Account: D-1'), 403, '... and has used it up');
is(scalar exempt('/dry-run/only', $dry, 'X-Account: D-1'), 200, '... as a dry run');
is($nginx->count(qr/healthpass: refused, exemption, dry run, reason=reused/), 1, '... sees');

my $race = issue('--for', 'R-1');
my $count = $nginx->flood('/exempt', 50, 50, sub { ("X-Health-Pass: $race", 'X-Account: R-1') });
is_deeply($count, { 200 => 1, 403 => 49 }, '50 at once: one is let in');
ok($nginx->reload, 'a reload');
is(scalar exempt('/exempt', $race, 'X-Account: R-1'), 403, 'which remembers');

unlike($nginx->error_log . $nginx->access_log, qr/\Q$cookie\E|\Q$race\E|Beispiel/, 'no log has a clearance, an exemption or a name');
is($nginx->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nothing is wrong on our side');
$nginx->stop;

# ---- a fleet's ledger ------------------------------------------------------------------------

SKIP: {
    skip 'redis-server is not installed', 3 unless Redis::installed();
    my $redis = Redis->new;
    hp_policy('fleet', "deny_list = \"$deny\";", "ledger = \"unix:$redis->{socket}\";");
    $nginx = HP::Server->new(
        workers => 2,
        worker_user => 'www-data',
        http => "healthpass_policy $dir/fleet.conf; client_body_buffer_size 64k;",
        server => gate('/exempt', "$clear exemptions=on bind=\$http_x_account")
            . gate('/dry', "$clear exemptions=on bind=\$http_x_account; healthpass_dry_run on"),
    )->start;
    my $text = issue('--for', 'F-1');
    exempt('/dry', $text, 'X-Account: F-1');
    is($nginx->count(qr/accepted, exemption, dry run/), 1, 'Redis: a dry run');
    my $race = $nginx->flood('/exempt', 20, 20, sub { ("X-Health-Pass: $text", 'X-Account: F-1') });
    is_deeply($race, { 200 => 1, 403 => 19 }, '... leaves it to one of 20 at once');
    $nginx->stop;
    undef $redis;
}

# ---- what nginx -t says ----------------------------------------------------------------------

sub said {
    my ($server, $http) = @_;
    my ($text, $status) = HP::Server->new(http => $http // "healthpass_policy $policy; healthpass_zone uses 1m; client_body_buffer_size 64k;",
        server => "location / { healthpass_verify on; $server }")->check;
    return ($status, $text);
}

my $rest = "key=$key ttl=1h";
for (["cookie=hp $rest", ''], ["cookie=hp $rest; healthpass_reuse limit=1 window=1h by=\$http_x commit=2xx", 'with commit= a pass wins no clearance']) {
    my ($status, $text) = said("healthpass_clearance $$_[0];");
    is($status, 0, "$$_[0]: taken");
    $$_[1] ? like($text, qr/\[warn\].*\Q$$_[1]\E/, '... with a warning') : unlike($text, qr/\[warn\]/, '... without a warning');
}
for (
    ['', 'invalid number of arguments'],
    ["cookie=hp key=$key", 'needs "cookie=" or "header=", "key=" and "ttl="'],
    ["cookie=hp ttl=1h", 'needs "cookie=" or "header=", "key=" and "ttl="'],
    [$rest, 'needs "cookie=" or "header="'],
    ["cookie=hp header=X-C $rest", 'invalid parameter "header=X-C", expected one cookie or one header'],
    ["cookie=h\@p $rest", 'invalid name'],
    ["header=Cookie $rest", 'a header with a meaning of its own'],
    ["cookie=hp key=$dir/none ttl=1h", 'No such file'],
    ["cookie=hp key=$dir/good.txt ttl=1h", ''],
    ["cookie=hp key=$key ttl=0", 'expected a time from 1s to 7d, once'],
    ["cookie=hp key=$key ttl=8d", 'expected a time from 1s to 7d, once'],
    ["cookie=hp key=$key ttl=604801s", 'expected a time from 1s to 7d, once'],
    ["cookie=hp $rest ttl=1h", 'expected a time from 1s to 7d, once'],
    ["cookie=hp $rest scope=" . 's' x 65, 'expected a name of at most 64 bytes, once'],
    ["cookie=hp $rest samesite=maybe", 'expected "lax", "strict" or "none", once'],
    ["header=X-C $rest samesite=lax", 'has no use for "samesite="'],
    ["cookie=hp $rest insecure", 'invalid parameter "insecure"'],
    ["cookie=hp $rest exemptions=yes", 'expected "on" or "off", once'],
    ["cookie=hp $rest exemptions=on", 'with "exemptions=on" needs "bind=", or "healthpass_reuse"'],
    ["cookie=hp $rest; healthpass_source cookie:hp", 'cannot be where a pass is'],
    ["header=X-Health-Pass $rest", 'cannot be where a pass is'],
    ["cookie=hp $rest; healthpass_clearance off", 'is duplicate'],
) {
    my ($status, $text) = said("healthpass_clearance $$_[0];");
    is($status, 1, "$$_[0]: refused");
    like($text, qr/\[emerg\].*\Q$$_[1]\E/, '... because') if $$_[1];
}
my ($refused, $why) = said("healthpass_clearance cookie=hp $rest exemptions=on bind=\$http_x;", "healthpass_policy $policy; client_body_buffer_size 64k;");
is($refused, 1, 'exemptions without a ledger: refused');
like($why, qr/needs a "healthpass_zone", to know which were used/, '... because');
hp_write("$dir/keyless.conf", "trust = \"$dir/trust.d\";\nrules = \"minimal\";\n");
($refused, $why) = said("healthpass_clearance cookie=hp $rest;", "healthpass_policy $dir/keyless.conf; client_body_buffer_size 64k;");
like($why, qr/"healthpass_clearance" needs an identity_key/, 'without an identity key: refused');

done_testing;
