# healthpassctl status: for a person, and for monitoring systems.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use POSIX 'strftime';
use Test::More;

my $home = folder();
my $issuer = issuer('i');
my $override = "$home/override";

sub when { return strftime '%FT%TZ', gmtime $_[0] }

sub manifest {
    my (@lines) = @_;
    my $sum = `cd '$issuer->{trust}' && sha256sum issuer.pem`;
    put("$issuer->{trust}/MANIFEST", join '', map({ "$_\n" } @lines), $sum);
}

put('identity.key', 'k' x 32);
chmod 0600, "$home/identity.key";

sub policy {
    my (%more) = @_;
    my %key = (trust => qq("$issuer->{trust}"), rules => '"minimal"', stale_override => qq("$override"),
        identity_key => qq("$home/identity.key"), %more);
    return put('policy.conf', join '', map { defined $key{$_} ? "$_ = $key{$_};\n" : '' } sort keys %key);
}

my @codes = qw(OK WARNING CRITICAL UNKNOWN);

# Exit code, first line and JSON agree; the rest of the text, and the JSON.
sub status {
    my ($what, $code, $words) = @_;
    my $r = ctl('status', '--policy', "$home/policy.conf");
    my ($first, @rest) = split /\n/, $r->{out};
    is($r->{status}, $code, "$what: exit $code");
    like($first, qr/^HEALTHPASS $codes[$code] - .*$words.*\z/, "$what: the first line");
    is(($first =~ tr/|//) <= 1, 1, '... with one bar at most');
    is($r->{err}, '', '... and nothing else');
    my $j = ctl('status', '--policy', "$home/policy.conf", '--json');
    my $json = JSON::PP->new->utf8->decode($j->{out});
    is_deeply([ $j->{status}, $json->{status} ], [ $code, $codes[$code] ], "$what: in JSON");
    return (join("\n", @rest), $json);
}

policy();
my ($text, $json) = status('a folder without a date', 0, qr/1 keys, 1 usable\|keys=1 usable=1 soon=0/);
like($text, qr/^list \(folder\), folder, prod: ageless; 1 keys, 1 usable, 0 of them expiring within 30 days$/m, 'its list');
like($text, qr/^identity key: there$/m, 'the identity key');
my @unset = ('revoked names no index: whether others withdrew a pass is not looked up',
    'no deny_list: healthpassctl revoke add can block no pass here');
is_deeply([ $text =~ /^note: (.*)/mg ], \@unset, 'what is not set is noted, and nothing else');
is_deeply([ @$json{qw(environment keys usable expiring_soon override withdrawn notes updates text)} ],
    [ 'prod', 1, 1, 0, undef, [], [ map { { text => $_ } } @unset ], [], '' ], 'and in JSON');
ok($json->{identity_key}, 'with the identity key');

my $now = time;
manifest('# issued: ' . when($now - 86400 * 3), '# environment: prod');
($text, $json) = status('a list of three days', 0, '');
like($text, qr/fresh, of \Q@{[ when($now - 86400 * 3) ]}\E, 3 days old of 7 days, ends \Q@{[ when($now + 86400 * 4) ]}\E;/, 'its age');
is_deeply([ @{ $json->{sources}[0] }{qw(status max_age ends name feed)} ],
    [ 'fresh', 7 * 86400, when($now + 86400 * 4), '', 'folder' ], 'and in JSON');

manifest('# issued: ' . when($now - 86400 * 6 - 60));
status('trust_warn_age', 1, qr/the trust folder is 6 days old and serves until \S+Z: renew it/);
manifest('# issued: ' . when($now - 86400 * 7 - 60));
status('trust_max_age', 2, qr/the trust folder is 7 days old and served until \S+Z: no pass is judged by it/);
manifest('# issued: ' . when($now - 86400), '# expires: ' . when($now - 60));
status('its own end', 2, qr/served until/);
manifest('# issued: ' . when($now + 86400 * 2));
status('a clock before the list', 2, qr/clock stands before/);

manifest('# issued: ' . when($now - 86400 * 8));
is(ctl('override', '--stale', '2h', '--by', 'J. Doe', '--reason', 'no | network', '--policy', "$home/policy.conf")->{status},
    0, 'an override');
($text, $json) = status('an override in force', 1, qr/it is used until \S+Z all the same, as J\. Doe allowed/);
like($text, qr/^override in force: from \S+Z until \S+Z, by J\. Doe, because: no \| network$/m, 'by whom and why');
is_deeply([ @{ $json->{override} }{qw(by reason)} ], [ 'J. Doe', 'no | network' ], 'and in JSON');
ok($json->{override}{in_force}, 'where it is in force');
manifest('# issued: ' . when($now));
status('an override that is not needed', 1, qr/an override is in force/);
put($override, join "\n", 'version: 1', 'allows: stale', 'made: ' . when($now - 7200), 'until: ' . when($now - 3600), 'by: x', 'reason: y', '');
($text, $json) = status('an override that is over', 0, '');
like($text, qr/^override over: /m, 'is shown');
ok(!$json->{override}{in_force}, 'and not in force');
put($override, 'nonsense|');
status('a faulty override', 1, qr{override:1: expected version: 1});
unlink $override;

# The legal basis: ahead, and then by its answer.
manifest('# issued: ' . when($now));
policy(ends => '"' . when($now + 86400 * 14 + 600) . '"');
status('an end that is far', 0, '');
policy(ends => '"' . when($now + 86400 * 14 - 600) . '"');
($text, $json) = status('an end within 14 days', 1, qr/the legal basis ends at \S+Z, and from then on every pass is refused/);
like($text, qr/^note: the legal basis ends at /m, 'is noted');
like($json->{notes}[0]{text}, qr/^the legal basis ends at /, 'and in JSON');
policy(ends => '"' . when($now - 60) . '"');
status('over', 2, qr/the legal basis ended at \S+Z: every pass is refused/);
policy(ends => '"' . when($now - 60) . '"', ends_answer => '"off"');
($text, $json) = status('over, and off', 1, qr/the legal basis ended at \S+Z: nobody is asked for a pass/);
like($text, qr/^note: ends_answer = off/m, 'is noted');
policy(ends => '"2100-01-01"', web => '{ ends = "2026-11-02"; }');
($text, $json) = status('of one door', 2, qr/; web: the legal basis ended at 2026-11-03T00:00:00Z/);

# Rules that run out.
my $rules = "$home/rules.json";
sub rules { ctl(qw(rules new --country AT -o), $rules, '--replace', @_)->{status} == 0 or die }
my @law = (rules => qq("$rules"), country => '"AT"');
policy(@law);
rules('--vaccinated', 'any', '--to', when($now + 86400 * 14 + 600));
status('rules that end in 14 days', 0, '');
rules('--vaccinated', 'any', '--to', when($now + 86400 * 14 - 600));
($text, $json) = status('rules that end sooner', 1,
    qr/the rule GR-AT-9001 ends at \Q@{[ when($now + 86400 * 14 - 600) ]}\E, and no version follows on it, so with 3 others: healthpassctl rules new/);
like($text, qr/^note: the rule GR-AT-9001 ends at /m, 'is noted');
rules('--vaccinated', 'any', '--from', when($now - 86400 * 9), '--to', when($now - 60));
my $other = "$home/other.json";
ctl(qw(rules new --country AT --region 9 --vaccinated any -o), $other);
policy(rules => qq([ "$rules", "$other" ]), country => '"AT"');
open my $from, '<', $other or die;
(my $state = do { local $/; <$from> }) =~ s/"Region":"9",//g;
$state =~ s/-AT-9/-AT-8/g;
put($other, $state);
status('rules that have ended, beside others that go on', 1, qr/the rule GR-AT-9001 ended at \S+Z, and no version follows on it, so with 3 others/);
policy(@law);
status('rules that have ended', 2, qr/no acceptance rule of AT applies now \(rule-none\): healthpassctl rules new/);
policy(@law, rules_none => '"allow"');
status('which lets in', 1, qr/no acceptance rule of AT applies now/);
policy(@law, region => '"9"');
status('none of the region', 2, qr/no acceptance rule of AT, 9 applies now/);
policy(@law, ends => '"2026-11-02"', ends_answer => '"off"');
status('where nobody asks any more', 1, qr/the legal basis ended/);

# What an update remembers.
policy();
my $store = "$home/s.store";
is(ctl('trust', 'import', '--from', 'folder', '--unsigned', 'folder', '--name', 'who', '-o', $store, $issuer->{trust})->{status},
    0, 'a store');
policy(trust => qq([ "$store", "$issuer->{trust}" ]));
($text) = status('a store', 0, qr/2 keys/);
like($text, qr/^list who, folder, prod: fresh, of /m, 'its list has a name');
put("$store.state", encode_json({ feeds => { who => { tried => when($now), succeeded => when($now - 3600),
    due => when($now + 3600), error => undef } } }));
($text, $json) = status('an update that succeeded', 0, '');
is_deeply($json->{updates}, [ { store => $store, name => 'who', tried => when($now), succeeded => when($now - 3600),
    due => when($now + 3600), error => undef } ], 'is in JSON');
put("$store.state", encode_json({ feeds => { who => { tried => when($now), succeeded => undef, due => undef,
    error => "no route | to\e[31m host" } } }));
($text, $json) = status('an update that failed', 1, qr{the last update of who failed: no route / to\?\[31m host});
like($text, qr/^update of who failed at \S+Z: no route \| to\?\[31m host$/m, 'and why');
put("$store.state", 'nonsense');
status('a state that cannot be read', 1, qr/s\.store\.state: /);
unlink "$store.state";
my $index = "$home/revoked.index";
is(ctl('revoke', 'build', '--from', 'list', '--unsigned', 'list', '--kind', 'uci', '--name', 'house', '-o', $index,
    put('hashes', '00' x 16 . "\n"))->{status}, 0, 'an index of withdrawn passes');
chmod 0644, $index;
policy(revoked => qq("$index"));
($text, $json) = status('an index', 0, qr/usable/);
put("$index.state", encode_json({ feeds => { house => { tried => when($now), succeeded => undef, due => undef,
    error => 'answers 500' } } }));
($text, $json) = status('an update of it that failed', 1, qr{the last update of house failed: answers 500});
is($json->{updates}[-1]{store}, $index, 'is in JSON too');
unlink "$index.state";
SKIP: {
    skip 'needs root', 8 if $> != 0;
    chmod 0640, $index;
    status('an index that only root may read', 1, qr{revoked\.index: only root may read it});
    my $deny = put('deny.list', "healthpass deny list 1\n");
    chmod 0640, $deny;
    policy(deny_list => qq("$deny"));
    status('a deny list that only root may read', 1, qr{deny\.list: only root may read it});
    unlink $deny;
}
unlink $index;

# What no gate could start with.
policy(environment => '"uat"');
manifest('# environment: prod');
status('another environment', 2, qr/environment prod, expected uat/);
my $r = ctl('check', '--policy', "$home/policy.conf", issue($issuer));
is_deeply([ @$r{qw(status out)} ], [ 3, '' ], 'which judges no pass: exit 3');
like($r->{err}, qr/MANIFEST: lists keys of the environment prod, expected uat: they never verify here/, 'and why');
judged('a check by hand', 'ok', undef, '--trust', $issuer->{trust}, issue($issuer));
manifest('# environment: uat');
judged('keys of this environment', 'ok', undef, '--policy', "$home/policy.conf", issue($issuer));
policy(environment => '"uat"', trust => qq("$store"));
$r = ctl('check', '--policy', "$home/policy.conf", issue($issuer));
is($r->{status}, 3, 'a store of another environment: exit 3');
like($r->{err}, qr/s\.store: holds keys of the environment prod, expected uat/, 'and why');
policy(trust => '"/nonexistent"');
status('no trust folder', 2, qr{/nonexistent: No such file});
put('policy.conf', "foo = 1;\n");
status('a wrong policy', 2, qr/foo: is no key/);
mkdir "$home/empty";
policy(trust => qq("$home/empty"), identity_key => undef);
($text, $json) = status('no keys', 2, qr/0 keys, 0 usable; no trusted key is loaded/);
like($text, qr/^identity key: none$/m, 'no identity key');
like($text, qr/^note: no identity_key/m, 'is noted');
my $ended = issuer('ended', '--from', '2020-01-01T00:00:00Z', '--to', '2021-01-01T00:00:00Z');
policy(trust => qq("$ended->{trust}"));
status('keys that have all ended', 2, qr/1 keys, 0 usable; no key is usable/);

# Each door judges by its own keys: the worst counts.
policy(pam => '{ trust_max_age = "1d"; }', web => '{ trust_max_age = "2d"; }');
manifest('# issued: ' . when($now - 86400 * 3));
($text, $json) = status('doors with keys of their own', 2, qr/; web: the trust folder is 3 days old and served until/);
is($json->{door}, 'web', 'which of them is said');
manifest('# issued: ' . when($now - 86400 * 1.5));
($text, $json) = status('one of them', 2, qr/; pam: the trust folder is 36 hours old and served until/);
is($json->{door}, 'pam', 'which of them is said');
for (['web', 0], ['pam', 2]) {
    my $r = ctl('status', '--policy', "$home/policy.conf", '--door', $_->[0]);
    is($r->{status}, $_->[1], "--door $_->[0]: exit $_->[1]");
}
policy(pam => '{ trust = "/nonexistent"; }');
manifest('# issued: ' . when($now));
($text, $json) = status('a door that cannot start', 2, qr{/nonexistent: No such file});
is($json->{door}, 'pam', 'which is said');
is(ctl('status', '--policy', "$home/policy.conf", '--door', 'web')->{status}, 0, 'the other one is well');
policy();
($text, $json) = status('no door has keys of its own', 0, '');
is($json->{door}, 'none', 'one look is enough');

# Usable is what a pass can be judged by.
policy(trust => qq("$home/other.store"));
sub made { system($^X, "$FindBin::Bin/../lib/store", '-o', "$home/other.store", @_) == 0 or die "store: $?" }
made('--domains', 64, $issuer->{cert});
($text, $json) = status('keys for other passes', 2, qr/1 keys, 0 usable; no key is usable/);
is($json->{sources}[0]{usable}, 0, 'also of the list');
policy(trust => qq("$home/other.store"), formats => '[ "hc1", "2d-doc" ]');
($text, $json) = status('which the policy accepts', 0, qr/1 keys, 1 usable/);
made('--domains', 64, $ended->{cert});
status('also when they ended, for what they signed before', 0, qr/1 keys, 1 usable/);
policy(trust => qq("$home/other.store"));
made('--domains', 4, $issuer->{cert});
status('keys for yellow cards', 0, qr/1 keys, 1 usable/);
made('--fill', 3, $issuer->{cert});
($text, $json) = status('keys that are none', 0, qr/4 keys, 1 usable/);
is($json->{sources}[0]{usable}, 1, 'also of the list');

# Lists of withdrawn passes: their ages, those that are required and missing, and the deny list.
my $deny = "$home/deny.list";
$index = "$home/revoked.index";
my %lists = (revoked => qq("$index"), revoked_required => '[ "eu" ]', deny_list => qq("$deny"));
sub revoked { system($^X, "$FindBin::Bin/../lib/revoked", '-o', $index, @_) == 0 or die "revoked: $?" }
sub of { my ($json, $name) = @_; return (grep { $_->{name} eq $name } @{ $json->{withdrawn} })[0] // {} }
put($deny, "healthpass deny list 1\n");
policy(%lists);
revoked('--dated', $now - 3600, 'eu', 'house');
($text, $json) = status('a fresh revocation list', 0, '');
my ($since, $until) = map { quotemeta when($_) } $now - 3600, $now + 47 * 3600;
like($text, qr/^revocation list eu, required: fresh, of $since, \d+ minutes old, ends $until; 1 hashes$/m, 'its age');
like($text, qr/^revocation list house: fresh, .*; 0 hashes$/m, 'one that is not required');
like($text, qr/^deny list: in force, of \S+Z, \d+ \w+ old; 0 blocks$/m, 'the deny list');
unlike($text, qr/^note:/m, 'nothing to note');
my $age = delete of($json, 'eu')->{age};
ok($age >= 3600 && $age < 3900, 'the age in JSON');
is_deeply(of($json, 'eu'), { what => 'revocation', name => 'eu', state => 'fresh', required => JSON::PP::true,
    dated => when($now - 3600), ends => when($now + 47 * 3600), entries => 1, fault => undef }, 'and the rest');
is_deeply([ map { $_->{what} } @{ $json->{withdrawn} } ], [qw(revocation revocation deny)], 'each once');
revoked('--dated', $now - 25 * 3600, 'eu');
($text, $json) = status('one that nears its end', 1, qr/the revocation list eu is 25 hours old and serves until/);
is(of($json, 'eu')->{state}, 'warned', 'in JSON too');
revoked('--dated', $now - 49 * 3600, 'eu');
($text, $json) = status('a required one that is stale', 2, qr/the revocation list eu is 2 days old and served until/);
is(of($json, 'eu')->{state}, 'stale', 'in JSON too');
policy(%lists, revoked_required => undef);
($text, $json) = status('stale, and not required', 1, qr/revoked_required does not name it/);
is(of($json, 'eu')->{state}, 'warned', 'in JSON too');
policy(%lists);
revoked('--dated', $now, 'house');
($text, $json) = status('a required one in no index', 2, qr/the revocation list eu, which revoked_required names, is in no index/);
like($text, qr/^revocation list eu, required: stale; 0 hashes; revoked_required names it, and it is in no index$/m, 'its line');
is_deeply([ @{ of($json, 'eu') }{qw(state dated age ends)} ], [ 'stale', undef, undef, undef ], 'in JSON too');

revoked('--dated', $now - 3600, 'eu');
is(ctl(qw(revoke add --hash U:00112233445566778899aabbccddeeff --deny-list), $deny)->{status}, 0, 'a block');
($text, $json) = status('with a block', 0, '');
like($text, qr/^deny list: .*; 1 blocks$/m, 'which is counted');
is(of($json, 'deny-list')->{entries}, 1, 'in JSON too');
unlike($text . JSON::PP->new->encode($json), qr/00112233/, 'and not shown');

# The same lists, by revoke status.
$r = ctl(qw(revoke status --verify --policy), "$home/policy.conf");
is($r->{status}, 0, 'revoke status of a policy');
like($r->{out}, qr/^\Q$index\E: made .* of 1 lists\n  verified: .*\nrevocation list eu, required: fresh, .*\ndeny list: .*; 1 blocks\n\z/, 'its index and its lists');
$r = ctl(qw(revoke status --json --policy), "$home/policy.conf");
my $told = JSON::PP->new->utf8->decode($r->{out});
is_deeply([ map { $_->{index} } @{ $told->{indexes} } ], [ $index ], 'the index in JSON');
is_deeply([ map { $_->{name} } @{ $told->{withdrawn} } ], [ 'eu', 'deny-list' ], 'and the lists');
policy(%lists, web => '{ revoked_max_age = "30m"; }');
for (['web', 'stale'], ['pam', 'fresh']) {
    $r = ctl(qw(revoke status --policy), "$home/policy.conf", '--door', $_->[0]);
    like($r->{out}, qr/^revocation list eu, required: $_->[1],/m, "as the door $_->[0] judges it");
}
policy();
$r = ctl(qw(revoke status --policy), "$home/policy.conf");
is_deeply([ @$r{qw(status out)} ], [ 0, "the policy names no index (revoked) and no deny_list\n" ], 'a policy without lists');
usage_error(qr/either INDEX or --policy/, qw(revoke status --policy), "$home/policy.conf", $index);
usage_error(qr/--door goes with --policy/, qw(revoke status --door web), $index);

policy(%lists);
put($deny, "nonsense\n");
status('a damaged deny list', 2, qr{deny\.list:1: });
is(ctl(qw(revoke status --policy), "$home/policy.conf")->{status}, 3, 'is a fault of revoke status');
unlink $deny;
status('no deny list', 2, qr{deny\.list: No such file});
put($deny, "healthpass deny list 1\n");
put($index, 'nonsense');
status('a damaged index', 2, qr{revoked\.index: });
revoked('--dated', $now - 3600, 'eu');

# What only root may read no worker of nginx can take up.
SKIP: {
    skip 'needs root', 1 if $> != 0;
    chmod 0600, $deny;
    status('a deny list that is closed', 1, qr/deny\.list: only root may read it/);
    chmod 0644, $deny;
    chmod 0600, $index;
    status('an index that is closed', 1, qr/revoked\.index: only root may read it/);
    policy(trust => qq("$store"));
    chmod 0600, $store;
    status('a store that is closed', 1, qr/s\.store: only root may read it/);
    is(ctl('status', '--policy', "$home/policy.conf", '--door', 'pam')->{status}, 0, 'which does not concern PAM');
    chmod 0640, $store;
    chown 0, 33, $store;
    status('a store for the group of nginx', 0, '');
    put($override, join "\n", 'version: 1', 'allows: stale', 'made: ' . when($now - 7200), 'until: ' . when($now - 3600), 'by: x', 'reason: y', '');
    chmod 0600, $override;
    status('an override that is closed', 1, qr/override: only root may read it/);
    unlink $override;
}

# Wrong usage is UNKNOWN, not CRITICAL.
is(ctl('status', '--door', 'back')->{status}, 3, 'an unknown door: exit 3');
is(ctl('status', '--frobnicate')->{status}, 3, 'an unknown option: exit 3');
is(ctl('status', 'x')->{status}, 3, 'an operand: exit 3');
is(ctl('status', '--help')->{status}, 0, '--help: exit 0');

# ---- what ends next --------------------------------------------------------------

policy(ends => '"' . substr(when($now + 86400 * 40), 0, 10) . '"');
manifest('# issued: ' . when($now - 86400 * 3));
($text, $json) = status('the first of two ends', 0, qr/\|keys=1 usable=1 soon=0 ends=345[3-6]\d\ds/);
like($text, qr/^next end: \Q@{[ when($now + 86400 * 4) ]}\E$/m, '... which list');
is($json->{next_end}, when($now + 86400 * 4), '... in JSON');
unlink "$issuer->{trust}/MANIFEST";
policy();
($text, $json) = status('nothing ends', 0, qr/soon=0/);
unlike($text, qr/next end/, '... and none is told');
is($json->{next_end}, undef, '... in JSON');

# ---- a running gate ---------------------------------------------------------------

# As healthpass_status json answers, but for what is given.
sub page {
    my (%more) = @_;
    my %policy = (path => '/p.conf', role => 'gate', state => 'ready', reason => undef, fault => undef, override => undef,
        lists => [ { what => 'trust', name => 'eu', state => 'fresh', fault => undef, ends => undef } ]);
    my @workers = map { { pid => $_, current => JSON::PP::true, policies => [ { version => 'a' x 16 } ] } } 1, 2;
    my $page = { version => '0.1.0', dry_run => JSON::PP::false, zone => { pages => 100, pages_free => 50 },
        policies => [ \%policy ], workers => \@workers,
        decisions => { total => 10, ok => 7, refused => 2, fault => 1, suspect => 3 } };
    for my $path (keys %more) {
        my @steps = split m{/}, $path;
        my $last = pop @steps;
        my $at = $page;
        $at = ref $at eq 'ARRAY' ? $at->[$_] : $at->{$_} for @steps;
        if (ref $at eq 'ARRAY') { $at->[$last] = $more{$path} } else { $at->{$last} = $more{$path} }
    }
    return 'file://' . put('page.json', JSON::PP->new->utf8->encode($page));
}
sub gate {
    my ($what, $code, $words, $url) = @_;
    my $r = ctl('status', '--url', $url);
    my ($first, @rest) = split /\n/, $r->{out};
    is($r->{status}, $code, "$what: exit $code") or diag $r->{out}, $r->{err};
    like($first, qr/^HEALTHPASS $codes[$code] - .*$words/, "$what: the first line");
    cmp_ok(($first =~ tr/|//), '<=', 1, '... with one bar at most');
    my $j = ctl('status', '--url', $url, '--json');
    my $got = JSON::PP->new->utf8->decode($j->{out});
    is_deeply([ $j->{status}, $got->{status} ], [ $code, $codes[$code] ], "$what: in JSON");
    return ($got, @rest);
}
my $true = JSON::PP::true;
my ($got, @rest) = gate('a gate', 0, qr/2 workers, 1 policies\|decisions=10c accepted=7c refused=2c faults=1c suspects=3c workers=2 zone=50%;90;99$/, page());
is_deeply([ $got->{findings}, \@rest ], [ [], [] ], '... has nothing to say');
is($got->{gate}{policies}[0]{path}, '/p.conf', '... and is shown');
gate('without a zone', 0, qr/workers=2$/, page(zone => undef));
gate('a fault', 2, qr{; /p\.conf: every pass is answered with trust-stale\|}, page('policies/0/state' => 'fault', 'policies/0/reason' => 'trust-stale'));
gate('an end', 2, qr/answered with ended/, page('policies/0/state' => 'ended', 'policies/0/reason' => 'ended'));
gate('... of tomorrow', 1, qr/answered with ended/, page('policies/0/state' => 'ended', 'policies/0/reason' => 'ended', 'policies/0/role' => 'next'));
gate('nobody is asked', 1, qr/nobody is asked for a pass any more/, page('policies/0/state' => 'off'));
gate('a file that was not taken up', 1, qr{not taken up: /p\.conf:1: foo / bar}, page('policies/0/fault' => '/p.conf:1: foo | bar'));
gate('an override', 1, qr/until 2026-12-01T00:00:00Z/, page('policies/0/override' => '2026-12-01T00:00:00Z'));
gate('a list that ages', 1, qr/the list "eu" \(trust\) is warned, its end is 2026-12-01T00:00:00Z/,
    page('policies/0/lists/0/state' => 'warned', 'policies/0/lists/0/ends' => '2026-12-01T00:00:00Z'));
gate('a list that is broken', 1, qr/the list "eu" \(trust\): no list/, page('policies/0/lists/0/fault' => 'no list'));
gate('a dry run', 1, qr/lets everybody in/, page(dry_run => $true));
gate('workers that differ', 1, qr/not every worker/, page('workers/1/policies/0/version' => 'b' x 16));
gate('... but one of the last configuration', 0, qr/1 workers/, page('workers/1/policies/0/version' => 'b' x 16, 'workers/1/current' => JSON::PP::false));
gate('nine tenths of a zone', 0, qr/zone=90%/, page('zone/pages_free' => 10));
gate('... and more', 1, qr/healthpass_zone is 91% full/, page('zone/pages_free' => 9));
gate('... and all', 2, qr/healthpass_zone is full/, page('zone/pages_free' => 0));
gate('no policy', 2, qr/no location asks for passes/, page(policies => []));
($got, @rest) = gate('the worst of several', 2, qr/zone is full\|/, page('zone/pages_free' => 0, dry_run => $true, 'policies/0/fault' => 'x'));
is_deeply([ map { /not taken up|dry run|zone/g } @rest ], [ 'not taken up', 'dry run', 'zone' ], '... and all of them');
is(scalar @{ $got->{findings} }, 3, '... in JSON');
gate('a gate that is away', 2, qr/127\.0\.0\.1/, 'http://127.0.0.1:1/status');
gate('no page of a gate', 3, qr/expected what healthpass_status json answers/, 'file://' . put('page.json', '{"policies":[]}'));
gate('no JSON', 3, qr/page\.json/, 'file://' . put('page.json', 'ready'));
for ([ '--url', 'ftp://x/' ], [ '--url', 'http://example.org/status' ], [ '--url', page(), '--policy', 'x' ], [ '--url', page(), '--door', 'pam' ]) {
    my $r = ctl('status', @$_);
    is($r->{status}, 3, "@$_[0, 2 .. $#$_]: usage is UNKNOWN");
    like($r->{err}, qr/^healthpassctl status: /, '... and says why');
}

done_testing;
