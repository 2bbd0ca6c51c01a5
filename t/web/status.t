# healthpass_status: what a worker tells monitoring and load balancers of its policies and lists.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use JSON::PP;
use POSIX 'strftime';
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = hp_dir();
my $index = "$dir/status.index";
my $deny = "$dir/status.deny";
my $head = "healthpass deny list 1\n";

sub when { return strftime '%FT%TZ', gmtime $_[0] }
sub hours_ago { return int(time) - 3600 * $_[0] }

hp_revoked($index, '--dated', hours_ago(1), 'eu', 'house');
hp_write($deny, $head);
my $policy = hp_policy('listed', "revoked = \"$index\"; revoked_required = [ \"eu\" ];", "deny_list = \"$deny\";");
my $nginx = HP::Server->new(
    http => "healthpass_policy $policy; healthpass_refresh 100ms;",
    server => <<"_EOC_",
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /other { healthpass_verify on; healthpass_policy $dir/strangers.conf; proxy_pass http://venue; }
        location = /status { allow 127.0.0.1; deny all; healthpass_status; proxy_pass http://venue; }
        location = /json { healthpass_status json; }
        location = /ready { healthpass_status ready; }
        location = /closed { deny all; healthpass_status; }
        location = /asks { auth_request /status; proxy_pass http://venue; }
        location = /asks-ready { auth_request /ready; proxy_pass http://venue; }
        location = /page { ssi on; ssi_types text/plain; default_type text/plain; root $dir; }
        location = /inside { healthpass_verify on; healthpass_status; }
        location = /if { if (\$arg_x) { set \$x 1; } healthpass_status ready; }
_EOC_
)->start;
my @good = (headers => [ hp_header('good') ]);

# The JSON, and the policy of that file in it.
sub status {
    my ($code, $headers, $text) = $nginx->get($_[0] // '/status');
    my $json = $code == 200 ? JSON::PP->new->utf8->decode($text) : {};
    my ($first) = grep { $_->{path} eq $policy } @{ $json->{policies} };
    return ($json, $first, $headers);
}
sub list {
    my ($name) = @_;
    my ($list) = grep { $_->{name} eq $name } @{ (status())[1]{lists} };
    return $list // {};
}
sub becomes {
    my ($true, $name, $seconds) = @_;
    ok($nginx->wait_for($true, $seconds // 10), $name);
}

# ---- all is well -----------------------------------------------------------------

my ($json, $first, $headers) = status();
like($headers, qr{^Content-Type: application/json\r?$}mi, 'JSON');
like($headers, qr{^Cache-Control: no-store\r?$}mi, '... which nobody keeps');
is_deeply([ sort keys %$json ], [qw(decisions dry_decisions dry_run next pid policies
    reuse_fail_open since time version without_pass workers zone)], 'its members');
like($json->{version}, qr/^\d+\.\d+\.\d+$/, 'the version');
is($json->{pid}, ($nginx->workers)[0], 'which worker');
ok((grep { $json->{time} eq when(time - $_) } 0 .. 5), 'and when');
is_deeply([ sort map { $_->{path} } @{ $json->{policies} } ], [ sort $policy, "$dir/strangers.conf" ], 'both policies');
is_deeply([ @$first{qw(keys state reason fault rules_set role)} ], [ 3, 'ready', undef, undef, undef, 'gate' ], 'the first one');
like($first->{version}, qr/^[0-9a-f]{16}$/, '... in a version of its files');
is($first->{next_end}, list('eu')->{ends}, 'what ends next');
is($first->{override}, undef, 'no override');
is_deeply([ map { $_->{what} } @{ $first->{lists} } ], [qw(trust revocation revocation deny)], 'its lists');
my $eu = list('eu');
cmp_ok(delete $eu->{age}, '>=', 3600, 'the age of a list');
my $dated = delete $eu->{dated};
like($dated, qr/Z$/, 'since when');
is_deeply($eu, { what => 'revocation', name => 'eu', state => 'fresh', required => JSON::PP::true,
    ends => $eu->{ends}, entries => 1, fault => undef }, 'and what else is told');
ok(!list('house')->{required}, 'another list is not required');
my $folder = list('');
is_deeply([ @$folder{qw(what entries dated age ends)} ], [ 'trust', 3, undef, undef, undef ], 'the trust folder');
is(list('deny-list')->{entries}, 0, 'no blocks');
my ($notes) = map { $_->{notes} } grep { $_->{path} =~ /strangers/ } @{ $json->{policies} };
like(join("\n", @$notes), qr/identity_key/, 'what is warned of at start is noted');
is_deeply([ ($nginx->get('/ready'))[0, 2] ], [ 200, "ready\n" ], 'ready');
like(($nginx->get('/ready'))[1], qr{^Content-Type: text/plain\r?\nContent-Length: 6\r?$}mi, '... in a word');
is(($nginx->get('/if?x=1'))[2], "ready\n", 'also with an if inside');
is_deeply((status('/json'))[1]{lists}[1]{name}, 'eu', 'json is the default');

# ---- who may ask, and how --------------------------------------------------------

is($nginx->get('/closed'), 403, 'deny all');
is($nginx->get('/asks'), 403, 'no subrequest, which skips allow and deny');
is($nginx->get('/asks-ready'), 200, '... but for one word');
hp_write("$dir/page", '<!--# include virtual="/status" -->|<!--# include virtual="/ready" -->');
my ($page_code, undef, $page) = $nginx->get('/page');
is($page_code, 200, 'a page that includes it');
unlike($page, qr/policies/, '... does not show it');
like($page, qr/\|.*ready/s, '... but the word');
is($nginx->get('/inside'), 401, 'behind a pass');
is($nginx->get('/inside', @good), 200, '... which is shown');
my ($code, $head_of, $body) = $nginx->get('/status', method => 'HEAD');
is_deeply([ $code, $body ], [ 200, '' ], 'HEAD');
like($head_of, qr/^Content-Length: [1-9]\d+\r?$/mi, '... says how long');
is($nginx->get('/status', method => $_), 405, "$_: 405") for qw(PUT DELETE OPTIONS);
is($nginx->get('/status', body => 'x=1'), 405, 'POST: 405');
is($nginx->get('/ready', body => 'x=1'), 405, 'POST for ready: 405');
is($nginx->get('/status', method => 'GET', body => 'x=1'), 200, 'a body that nobody asked for');

# ---- lists grow old --------------------------------------------------------------

sub redate {
    my ($hours, @names) = @_;
    hp_revoked($index, '--dated', hours_ago($hours), @names);
}

redate(25, 'eu', 'house');
becomes(sub { list('eu')->{state} eq 'warned' }, 'half its time', 2);
is($nginx->get('/ready'), 200, '... ready');
redate(49, 'eu', 'house');
becomes(sub { list('eu')->{state} eq 'stale' }, 'stale', 2);
is(list('house')->{state}, 'warned', '... one that is not required is old');
is_deeply([ @{ (status())[1] }{qw(state reason)} ], [ 'fault', 'revocation-stale' ], '... what every pass is told');
is_deeply([ ($nginx->get('/ready'))[0, 2] ], [ 503, "revocation-stale\n" ], '... not ready');
is($nginx->get('/', @good), 503, '... as the gate does');
is(($nginx->get('/ready', method => 'HEAD'))[0], 503, '... also for HEAD');
redate(1, 'house');
becomes(sub { (list('eu')->{fault} // '') =~ /in no index/ }, 'a required list is in no index', 2);
is_deeply([ @{ list('eu') }{qw(state required entries dated ends)} ], [ 'stale', JSON::PP::true, 0, undef, undef ], '... stale');
is_deeply([ ($nginx->get('/ready'))[0, 2] ], [ 503, "revocation-stale\n" ], '... not ready');
redate(1, 'eu', 'house');
becomes(sub { $nginx->get('/ready') == 200 }, 'there again', 2);
hp_write($index, 'no index');
becomes(sub { (list('eu')->{fault} // '') =~ /status\.index/ }, 'a damaged index is told of', 2);
is(list('eu')->{state}, 'fresh', '... and what was read before is in force');
redate(1, 'eu', 'house');
becomes(sub { !defined list('eu')->{fault} }, 'whole again', 2);

# ---- the deny list ---------------------------------------------------------------

hp_ctl('revoke', 'add', '--deny-list', $deny, '--uci', 'URN:UVCI:01:XA:1#2');
my $since = time;
becomes(sub { list('deny-list')->{entries} > 0 }, 'a block', 5);
cmp_ok(time - $since, '<', 1, '... shows within a second');
my $blocks = list('deny-list')->{entries};
hp_write($deny, "$head" . "X nonsense \"\n");
becomes(sub { defined list('deny-list')->{fault} }, 'a damaged deny list', 2);
like(list('deny-list')->{fault}, qr/\Q$deny\E/, '... is named');
is(list('deny-list')->{entries}, $blocks, '... and its blocks stay');
is($nginx->get('/ready'), 200, '... ready all the same');
unlink $deny;
becomes(sub { (list('deny-list')->{fault} // '') =~ /No such file/ }, 'a deny list that is gone', 2);
hp_write($deny, $head);
becomes(sub { !defined list('deny-list')->{fault} }, 'back again', 2);
is(list('deny-list')->{entries}, 0, '... without blocks');

# ---- the policy ------------------------------------------------------------------

my $text = HP::Server::slurp($policy);
hp_write($policy, "${text}rulez = \"\x{fc}\";\n");
becomes(sub { ((status())[1]{fault} // '') =~ /rulez/ }, 'a policy that was refused');
is((status())[1]{state}, 'ready', '... the one before is in force');
hp_write($policy, "${text}ends = \"2026-11-02\";\n");
becomes(sub { (status())[1]{state} eq 'ended' }, 'the legal basis has ended');
is((status())[1]{reason}, 'ended', '... is the answer');
is($nginx->get('/ready'), 200, '... which every other gate would give too');
hp_write($policy, "${text}ends = \"2026-11-02\"; ends_answer = \"off\";\n");
becomes(sub { (status())[1]{state} eq 'off' }, 'nobody is asked any more');
hp_write($policy, $text);
becomes(sub { (status())[1]{state} eq 'ready' }, 'as it was');

# of two policies one cannot judge
rename "$dir/stranger/issuer.pem", "$dir/away.pem" or die $!;
becomes(sub { ($nginx->get('/ready'))[2] eq "trust-missing\n" }, 'one of two policies has no key');
is((status())[1]{state}, 'ready', '... the other one has');
rename "$dir/away.pem", "$dir/stranger/issuer.pem" or die $!;
becomes(sub { $nginx->get('/ready') == 200 }, 'both again');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing else');

# ---- without a policy, and a dry run ---------------------------------------------

my $none = HP::Server->new(
    server => 'location = /status { healthpass_status; } location = /ready { healthpass_status ready; }',
)->start;
is_deeply([ ($none->get('/ready'))[0, 2] ], [ 503, "no-policy\n" ], 'nothing is guarded: not ready');
is_deeply(decode_json(($none->get('/status'))[2])->{policies}, [], '... and nothing to show');
is($none->stop, 0, 'nginx ends well');
my $odd = hp_policy("m\xfcll");
my $dry = HP::Server->new(
    http => "healthpass_policy \"$odd\";",
    server => 'location = /status { healthpass_status; } location / { healthpass_verify on; healthpass_dry_run on; }',
)->start;
my $told = decode_json(($dry->get('/status'))[2]);
ok($told->{dry_run}, 'a dry run shows');
like($told->{policies}[0]{path}, qr{/m\?ll\.conf$}, 'a path that is not UTF-8 is told in UTF-8');
is($dry->stop, 0, 'nginx ends well');
ok(!$json->{dry_run}, '... and only there');

done_testing();
