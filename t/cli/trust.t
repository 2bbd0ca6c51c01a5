# healthpassctl trust: each option, exit code and refusal; a store changes whole or not at all.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use MIME::Base64 ();
use Lists;
use Test::More;

my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $home = folder();
our $store = "$home/store";

sub import_list { return ctl('trust', 'import', '-o', $store, @_) }
sub vci_import { return import_list('--from', 'vci', @_) }

# Exit status, and what the JSON report says.
sub report {
    my $r = import_list('--json', @_);
    return ($r->{status}, $r->{out} eq '' ? undef : decode_json($r->{out}), $r);
}

sub listed {
    my $r = ctl('trust', 'list', '--json', @_);
    is($r->{status}, 0, "trust list @_") or diag $r->{err};
    return $r->{status} == 0 ? decode_json($r->{out}) : {};
}

# The import is refused or fails with these words, and the store is what it was.
sub refused {
    my ($what, $status, $words, @args) = @_;
    my $before = -e $store ? get($store) : undef;
    my $r = import_list(@args);
    is_deeply([ $r->{status}, $r->{out} ], [ $status, '' ], "$what: exit $status, no report");
    like($r->{err}, $words, "$what: why");
    is(-e $store ? get($store) : undef, $before, "$what: the store is what it was");
    ok(!-e "$store.new", "$what: nothing is left behind");
    return $r;
}

sub taken {
    my ($what, @args) = @_;
    my ($status, $report, $r) = report(@args);
    is($status, 0, "$what: taken") or diag $r->{err};
    return $report;
}

my $anchor = cert(kind => 'P-521', name => 'directory');
my @keys = map { key() } 1 .. 8;
my @jwks = map { jwk($_) } @keys;
my ($one, $two) = ('https://one.example/issuer', 'https://two.example');
my @pin = ('--pin', $anchor);
my $good = vci($anchor, issuers => { $one => [ @jwks[0 .. 3] ], $two => [ @jwks[4 .. 7] ] });

# ---- usage -----------------------------------------------------------------------

my $r = ctl('trust');
is_deeply([ $r->{status}, $r->{out} ], [ 2, '' ], 'trust alone is usage');
like($r->{err}, qr/^  trust import .*^  trust list .*^  trust export /ms, 'and lists its commands');
unlike($r->{err}, qr/^  check/m, 'only its own');
$r = ctl('trust', '--help');
is($r->{status}, 0, 'trust --help');
like($r->{out}, qr/^usage: healthpassctl trust COMMAND.*^  trust import .*^  trust list /ms, 'lists them too');
like(ctl('--help')->{out}, qr/^  trust import  /m, 'so does --help');
usage_error(qr/^healthpassctl: unknown command trust frob$/m, 'trust', 'frob');
usage_error(qr/unknown command trust \?\[31m/, 'trust', "\e[31m");
usage_error(qr/unknown command trustimport/, 'trustimport');
usage_error(qr/unknown command trust import$/m, 'trust import');
usage_error(qr/unknown option --frob/, 'trust', 'import', '--frob');
usage_error(qr/Try: healthpassctl trust import --help/, 'trust', 'import', '--frob');
usage_error(qr/-o STORE is missing/, qw(trust import --from vci), $good);
usage_error(qr/--from FEED is missing/, qw(trust import -o), $store, $good);
usage_error(qr/FILE is missing/, qw(trust import --from vci -o), $store);
usage_error(qr/--from frob: no such feed/, qw(trust import --from frob -o), $store, $good);
usage_error(qr/--environment test: expected prod \| uat \| dev/,
    qw(trust import --from vci --environment test -o), $store, $good);
usage_error(qr/--name: expected/, qw(trust import --from vci -o), $store, '--name', $_, $good)
    for "a b", "\e[31m", '../x', 'x' x 32;
usage_error(qr/--unsigned: expected the name of the feed/, qw(trust import --from vci --unsigned jwks -o), $store, $good);
usage_error(qr/either --pin or --unsigned/, qw(trust import --from vci --unsigned vci -o), $store, @pin, $good);
usage_error(qr/--remove goes with -o STORE alone/, qw(trust import --remove vci -o), $store, @$_)
    for [ $good ], [ qw(--from vci) ], [ qw(--name vci) ], [ '--signature', $good ], [ qw(--issuer https://a.example) ],
        [ qw(--unsigned vci) ], [ @pin ], [ '--authority', $anchor ], [ qw(--environment prod) ], [ '--allow-older' ],
        [ '--allow-fewer' ], [ '--allow-unreadable-eku' ], [ '--verbose' ], [ '--json' ];
usage_error(qr/-o STORE is missing/, qw(trust import --remove vci));
usage_error(qr/expected one STORE/, qw(trust list a b));
usage_error(qr/expected one STORE/, qw(trust list --policy p a));
usage_error(qr/expected one STORE/, qw(trust export -o x));
usage_error(qr/-o FILE is missing/, qw(trust export x));
ok(!-e $store, 'nothing came of it');

$r = ctl('trust', 'import', '--help');
is($r->{status}, 0, 'trust import --help');
for my $feed (map { get($_) =~ /^const hp_feed \w+ = \{\s*\.name = "([\w-]+)"/mg } glob 'common/feed/*.c') {
    like($r->{out}, qr/^  \Q$feed\E\n    \S.*\n(?:    \S.*\n)*        \S/m, "the help tells of $feed, and of its pin");
}

# ---- who signed it ---------------------------------------------------------------

$r = refused('without a pin', 1, qr/^healthpassctl trust import: vci: refused: /, '--from', 'vci', $good);
like($r->{err}, qr/vci_snapshot\.crt/, 'where to compare is said');
my $stranger = cert(kind => 'P-521', name => 'stranger');
refused('a stranger\'s pin', 1, qr/signature.*does not hold/, '--from', 'vci', '--pin', $stranger, $good);
refused('a pin that is none', 3, qr/is no pin/, '--from', 'vci', '--pin', put('nopin', 'hello'), $good);
refused('a pin that is not there', 3, qr{/none: No such file}, '--from', 'vci', '--pin', "$home/none", $good);
refused('JSON that is no DID document', 3, qr/./, '--from', 'vci', '--pin', put('nodid', '{"a":1}'), $good);

refused('a pin that is no JSON', 3, qr{^healthpassctl trust import: \S+/badpin: line 1, column 1: no valid JSON: it ends too early$},
    '--from', 'vci', '--pin', put('badpin', '{'), $good);

# Nor could these ever sign a list.
for my $case ([ vci => qw(RSA rsa_keygen_bits:1024) ], [ vci => 'ED25519' ], [ gdhcn => qw(EC ec_paramgen_curve:P-384) ],
              [ gdhcn => qw(RSA rsa_keygen_bits:2048) ], [ de => qw(EC ec_paramgen_curve:P-521) ], [ eu => qw(EC ec_paramgen_curve:P-224) ]) {
    my ($feed, $kind, $opt) = @$case;
    my $private = put('weak.key', run('openssl', 'genpkey', '-algorithm', $kind, $opt ? ('-pkeyopt', $opt) : ()));
    refused("a pin of $kind " . ($opt // '') . " for $feed", 3, qr{/weak\.pub: can sign no list}, '--from', $feed,
        '--pin', put('weak.pub', run('openssl', 'pkey', '-in', $private, '-pubout')), $good);
}

# An issuer has one name.
refused("the issuer $_", 1, qr/the issuer must be a URL/, '--from', 'jwks', '--unsigned', 'jwks', '--issuer', $_, jwks($jwks[0]))
    for 'http://a.example', 'https://a.example/', 'https://me@a.example', 'https://me:pw@a.example/x',
        'https://a.example/../b', 'https://a.example/b/..', 'https://a.example/./b', 'https://';
{
    local $store = "$home/issuers.store";
    taken("the issuer $_", '--from', 'jwks', '--unsigned', 'jwks', '--issuer', $_, jwks($jwks[0]))
        for 'https://a.example/User@Home/..b/...', 'https://a.example:8443/.b',
            'https://FHIR.a.example/SHC'; # the directory has such ones, and so have their cards
}
refused('nothing that can be taken', 1, qr/holds no key that could be taken: left out were 1 unreadable, 2 key-kind$/, '--from', 'jwks',
    '--unsigned', 'jwks', '--issuer', $one, jwks(7, { %{ $jwks[0] }, crv => 'P-384' }, { %{ $jwks[0] }, kty => 'RSA' }));

# Each refusal of a file names it, once.
for my $case ([ gdhcn => '{' ], [ dgcg => '{' ], [ eu => 'PK' ], [ de => 'x' ], [ vci => '{"a":1,"a":2}', 'a doubled member' ],
              [ jwks => '{"a":1e999}', 'a number is too large', '--issuer', 'https://a.example' ],
              [ vci => '{"a":"\u0000"}', 'a text holds U\+0000' ], [ vci => '[' x 5000, 'JSON that is nested too deep' ],
              [ vci => "{\"\xff\"", 'it is no UTF-8' ], [ vci => '{} {}', 'something follows its end' ],
              [ csca => 'x' ], [ '2d-doc' => 'x' ]) {
    my ($feed, $text, $words, @more) = @$case;
    my $r = refused("not of $feed", 1, $words ? qr/: $words$/ : qr/./, '--from', $feed, '--unsigned', $feed, @more, put('the-list', $text));
    is(scalar(() = $r->{err} =~ m{the-list: }g), 1, 'and which file') or diag $r->{err};
}
for my $feed (qw(gdhcn dgcg eu de vci)) {
    my $r = refused("a folder for $feed", 1, qr/./, '--from', $feed, '--unsigned', $feed, $home);
    is(scalar(() = $r->{err} =~ /\Q$home\E: /g), 1, 'and which') or diag $r->{err};
    unlike($r->{err}, qr/line -?\d/, 'without a line');
}
refused("--allow-unreadable-eku for $_", 1, qr/feed $_ does not look at extended key usages/, '--from', $_, '--unsigned', $_,
    '--allow-unreadable-eku', $good) for qw(vci jwks csca 2d-doc folder);

my $text = get($good);
my $signature = get($good =~ s/json$/sig/r);
my $altered = put('altered.json', $text =~ s/one\.example/own.example/r);
put('altered.sig', $signature);
refused('an altered list', 1, qr/signature.*does not hold/, '--from', 'vci', @pin, $altered);
my $bare = put('bare.json', $text);
refused('without its signature', 1, qr/without its signature/, '--from', 'vci', @pin, $bare);
refused('a signature that is not there', 3, qr{/none: No such file}, '--from', 'vci', @pin, '--signature', "$home/none", $bare);
refused('a list that is not there', 3, qr{/none: No such file}, '--from', 'vci', @pin, "$home/none");
symlink $good, "$home/link.json";
refused('a link', 3, qr/symbolic link/, '--from', 'vci', @pin, "$home/link.json");
refused('a folder', 1, qr/./, '--from', 'vci', @pin, $home);
put('huge', '');
truncate "$home/huge", (16 << 20) + 1;
refused('more than 16 MiB', 1, qr/expected at most 16777216/, '--from', 'vci', @pin, "$home/huge");
refused('two files', 1, qr/./, '--from', 'vci', @pin, $good, $good);
ok(!-e $store, 'no store yet');
is(ctl('trust', 'import', '--remove', 'vci', '-o', $store)->{status}, 3, 'so nothing can be removed');
ok(!-e "$store.lock", 'and no lock is left');

umask 077;
(my $status, my $report, $r) = report('--from', 'vci', @pin, $good);
umask 022;
is($status, 0, 'a good list: exit 0') or diag $r->{err};
is(mode($store), '0644', 'the store can be read by gates, whatever the umask');
is($report->{store}, $store, 'JSON: store');
is($report->{environment}, 'prod', 'environment');
my $source = $report->{source};
is_deeply([ @$source{qw(name feed signed_by status entries taken keys expiring_soon authorities crls expires max_age)} ],
    [ 'vci', 'vci', fingerprint($anchor), 'fresh', 8, 8, 8, 0, 0, 0, undef, undef ], 'source');
is_deeply($source->{states}, { usable => 8, expired => 0, revoked => 0, 'not-yet-valid' => 0,
    'without-chain' => 0, 'authority-expired' => 0 }, 'states');
is_deeply($source->{skipped}, {}, 'nothing left out');
is($source->{sha256}, sha256_hex($text), 'the digest of the list');
like($source->{age}, qr/^36\d\d$/, 'age in seconds');
ok(!exists $report->{left_out}, 'left_out is for --verbose');

$r = vci_import(@pin, $good);
is($r->{status}, 0, 'the same list again');
like($r->{out}, qr/^vci: vci, environment prod$/m, 'the report for people');
like($r->{out}, qr/^  signed by +@{[ fingerprint($anchor) ]} \(SHA-256\)$/m, 'signed by');
like($r->{out}, qr/^  list time +\d{4}-\d\d-\d\dT/m, 'list time');
like($r->{out}, qr/^  age +60 minutes, fresh$/m, 'age');
like($r->{out}, qr/^  entries +8, of them 8 taken and 0 left out$/m, 'entries');
like($r->{out}, qr/^  keys +8, 8 usable$/m, 'keys');
is($r->{err}, '', 'nothing else to say');

my $der = put('anchor.der', der($anchor));
my $pub = put('anchor.pub', run('openssl', 'x509', '-in', $anchor, '-noout', '-pubkey'));
taken('a pin in DER', '--from', 'vci', '--pin', $der, $good);
taken('a public key as pin', '--from', 'vci', '--pin', $pub, $good);
taken('one pin of two', '--from', 'vci', '--pin', $stranger, @pin, $good);
put('apart', $signature);
taken('--signature', '--from', 'vci', @pin, '--signature', "$home/apart", $bare);
put("bare.json$_", $signature), taken("a signature named FILE$_", '--from', 'vci', @pin, $bare), unlink "$home/bare.json$_"
    for '.sig', '.sig.txt';

# What a feed does not look at is refused, not passed over.
refused('--authority for a feed without certificates', 1, qr/does not look at authorities/, '--from', 'vci', @pin,
    '--authority', $anchor, $good);
refused('--issuer for a list that says it', 1, qr/does not look at an issuer/, '--from', 'vci', @pin, '--issuer', $one, $good);
refused('--signature for a feed that is never signed', 1, qr/does not look at a signature/, '--from', 'jwks', '--unsigned', 'jwks',
    '--issuer', $one, '--signature', "$home/apart", jwks($jwks[0]));

# ---- unsigned --------------------------------------------------------------------

refused('a feed that is never signed, not said so', 1, qr/--unsigned|unsigned/, '--from', 'jwks', '--issuer', $one, jwks($jwks[0]));
$report = taken('--unsigned by name', '--from', 'jwks', '--unsigned', 'jwks', '--issuer', $one, '--name', 'one', jwks($jwks[0]));
is_deeply([ @{ $report->{source} }{qw(name signed signed_by keys)} ], [ 'one', JSON::PP::false, undef, 1 ], 'it says so');
$r = import_list('--from', 'jwks', '--unsigned', 'jwks', '--issuer', $one, '--name', 'one', jwks($jwks[0]));
like($r->{out}, qr/^  signed by +nobody: UNSIGNED$/m, 'also to people');
like($r->{err}, qr/warning: one is an UNSIGNED LIST: nobody vouches/, 'with a warning');
refused('without --issuer', 1, qr/--issuer URL/, '--from', 'jwks', '--unsigned', 'jwks', jwks($jwks[0]));
is(scalar @{ listed($store)->{sources} }, 2, 'the other list stayed');

# ---- succession ------------------------------------------------------------------

my %issuers = ($one => [ @jwks[0 .. 3] ], $two => [ @jwks[4 .. 7] ]);
my $older = vci($anchor, time => ago(7200), issuers => \%issuers);
refused('an older list', 1, qr/older/, '--from', 'vci', @pin, $older);
refused('with another word', 1, qr/older/, '--from', 'vci', @pin, '--allow-fewer', $older);
taken('--allow-older', '--from', 'vci', @pin, '--allow-older', $older);
my $fewer = vci($anchor, time => ago(60), issuers => { $one => [ @jwks[0 .. 2] ] });
refused('less than half of the keys', 1, qr/half|fewer/, '--from', 'vci', @pin, $fewer);
refused('with another word', 1, qr/half|fewer/, '--from', 'vci', @pin, '--allow-older', $fewer);
my $half = vci($anchor, time => ago(50), issuers => { $one => [ @jwks[0 .. 3] ] });
taken('half of them', '--from', 'vci', @pin, $half);
refused('no key at all', 1, qr/no .*key|key/, '--from', 'vci', @pin, '--allow-fewer', '--allow-older',
    vci($anchor, time => ago(40), issuers => { $one => [] }));
my $single = vci($anchor, time => ago(30), issuers => { $one => [ $jwks[0] ] });
refused('one of four', 1, qr/half|fewer/, '--from', 'vci', @pin, $single);
taken('--allow-fewer', '--from', 'vci', @pin, '--allow-fewer', $single);
refused('from the future', 1, qr/future/, '--from', 'vci', @pin, '--allow-older', vci($anchor, time => ago(-2 * 86400), issuers => \%issuers));
taken('another name has its own history', '--from', 'vci', @pin, '--name', 'copy', $older);
refused('a list of another feed under the same name', 1, qr/copy is a list of vci, not of jwks/, '--from', 'jwks',
    '--unsigned', 'jwks', '--issuer', $one, '--name', 'copy', '--allow-older', '--allow-fewer', jwks(@jwks));

# ---- entries left out ------------------------------------------------------------

my %bad = (%{ $jwks[1] }, kid => "\e[31mevil\x07" . 'A' x 40);
my $mixed = vci($anchor, time => ago(20), issuers => { $one => [ $jwks[0], \%bad, { kty => 'RSA' } ] });
$report = taken('a list with bad entries', '--from', 'vci', @pin, '--verbose', $mixed);
is_deeply([ @{ $report->{source} }{qw(entries taken keys)} ], [ 3, 1, 1 ], 'they are counted');
is(scalar @{ $report->{left_out} }, 2, '--verbose tells each');
my %skipped = %{ $report->{source}{skipped} };
is_deeply([ sort map { $_->{why} } @{ $report->{left_out} } ], [ sort map { ($_) x $skipped{$_} } keys %skipped ],
    'with the reason that is counted');
$r = vci_import(@pin, '--verbose', $mixed);
is(scalar(() = $r->{out} =~ /^left out: .+ \([\w-]+\)$/mg), 2, 'to people too');
unlike($r->{out} . $r->{err}, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'no terminal obeys what a list says');
like($r->{out}, qr/left out.*: \d [\w-]+/, 'by reason');

# ---- environments ----------------------------------------------------------------

for my $env ('uat', 'dev') {
    refused("a list of $env into a store of prod", 1, qr/never mix/, '--from', 'vci', @pin, '--environment', $env, $good);
    refused("under another name, with every flag", 1, qr/never mix/, '--from', 'vci', @pin, '--environment', $env,
        '--name', "new", '--allow-older', '--allow-fewer', $good);
    refused("unsigned", 1, qr/never mix/, '--from', 'jwks', '--unsigned', 'jwks', '--issuer', $one,
        '--environment', $env, jwks($jwks[0]));
}
{
    local $store = "$home/dev.store";
    taken('a store of dev', '--from', 'vci', @pin, '--environment', 'dev', $good);
    is(listed($store)->{environment}, 'dev', 'says so');
    refused('prod, by default, into a store of dev', 1, qr/never mix/, '--from', 'vci', @pin, '--allow-older', $good);
    ctl('trust', 'import', '--remove', 'vci', '-o', $store);
    refused('also when it is empty', 1, qr/never mix/, '--from', 'vci', @pin, $good);
    taken('dev again', '--from', 'vci', @pin, '--environment', 'dev', $good);
}

# ---- removal ---------------------------------------------------------------------

$r = import_list('--remove', 'copy');
is($r->{status}, 0, '--remove');
like($r->{err}, qr/removed copy/, 'says so');
is_deeply([ map { $_->{name} } @{ listed($store)->{sources} } ], [ 'one', 'vci' ], 'the others stay');
refused('a name that is not there', 1, qr/holds no list named copy/, '--remove', 'copy');

# ---- list and export -------------------------------------------------------------

taken('all keys again', '--from', 'vci', @pin, $good, '--allow-older');
my $all = listed($store);
is_deeply([ @$all{qw(environment keys usable)} ], [ 'prod', 9, 9 ], 'trust list: the whole');
ok(!exists $all->{list}, 'keys only with --keys');
my $keys = listed($store, '--keys')->{list};
is(scalar @$keys, 9, '--keys');
my ($first) = grep { $_->{kid} eq $jwks[5]{kid} } @$keys;
is_deeply([ @$first{qw(source domain kind state issuer country)} ], [ 'vci', 'SHC', 'ES256', 'usable', $two, '' ], 'of a key');
is($first->{spki_sha256}, sha256_hex(spki($keys[5])), 'and its digest');
$r = ctl('trust', 'list', '--keys', $store);
like($r->{out}, qr/^\Q$jwks[5]{kid}\E - SHC ES256 vtr \S+ +\S+ +usable vci \Q$two\E$/m, 'a line a key');
is(scalar(() = $r->{out} =~ /\n/g), 9, 'no more');
$r = ctl('trust', 'list', $store);
like($r->{out}, qr/^environment prod: 9 keys of 2 lists, 9 usable$/m, 'the table');
like($r->{out}, qr/^fresh +\d+ \w+ +8 +8 +0 +0 +0  vci$/m, 'a row a list');
like($r->{out}, qr/^one: jwks, environment prod$/m, 'and all of each');
for ([ 0, 'fresh' ], [ 5, 'fresh' ], [ 6.5, 'old' ], [ 8, 'stale' ]) {
    my ($days, $word) = @$_;
    my ($status) = map { $_->{status} } grep { $_->{name} eq 'vci' } @{ listed($store, '--at', ago(-86400 * $days))->{sources} };
    is($status, $word, "after $days days: $word");
}
for my $case ([ 'nothing', "$home/none", qr/No such file/ ], [ 'a text', put('text', 'hello'), qr/is no trust store/ ],
    [ 'a folder', $home, qr/not a regular file/ ],
    [ 'half a store', put('half', substr get($store), 0, 500), qr/damaged or not whole/ ],
    [ 'one changed bit', put('bit', get($store) =~ s/one\.example/one.exampld/r), qr/damaged or not whole/ ]) {
    my ($what, $path, $words) = @$case;
    for my $command ([ 'list', $path ], [ 'export', $path, '-o', "$home/never" ]) {
        $r = ctl('trust', @$command);
        is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], "trust $command->[0] of $what: a fault");
        like($r->{err}, $words, 'and why');
    }
    $r = ctl('trust', 'import', '--from', 'vci', @pin, '-o', $path, $good) if $what ne 'nothing';
    is($r->{status}, 3, "a list does not go into $what");
}

# A store of a later build is read, where it says that it may be, and never written over.
my $later = get($store);
sub of_format {
    my ($format, $least) = @_;
    substr $later, 8, 4, pack 'vv', $format, $least;
    return put('later', substr($later, 0, -32) . sha256(substr $later, 0, -32));
}
is(listed(of_format(2, 1))->{keys}, 9, 'a newer store that we may read');
for my $command ([ 'import', '--from', 'vci', @pin, $good ], [ 'import', '--remove', 'vci' ], [ 'export' ]) {
    my ($what, @more) = @$command;
    $r = ctl('trust', $what, @more, $what eq 'export' ? ("$home/later", '-o', "$home/never") : ('-o', "$home/later"));
    is_deeply([ $r->{status}, $r->{err} =~ /written by a newer healthpass \(format 2/ ? 1 : 0, -e "$home/never" ? 1 : 0 ],
        [ 3, 1, 0 ], "but trust $what leaves it alone");
}
$r = ctl('trust', 'list', of_format(7, 2));
is_deeply([ $r->{status}, $r->{err} =~ /needs a newer healthpass/ ? 1 : 0 ], [ 3, 1 ], 'one that we may not read');

my $away = "$home/away.store";
$r = ctl('trust', 'export', $store, '-o', $away);
is($r->{status}, 0, 'trust export');
is($r->{out}, sha256_hex(get($away)) . "  $away\n", 'prints its digest as sha256sum does');
is(mode($away), '0644', 'for all to read');
is_deeply([ map { $_->{name} } @{ listed($away)->{sources} } ], [ 'one', 'vci' ], 'with all lists');
is(ctl('trust', 'export', $store, '-o', $away)->{status}, 3, 'overwrites nothing');
$r = ctl('trust', 'export', '--source', 'vci', $store, '-o', "$away.vci");
is_deeply([ map { @$_{qw(name keys age)} > 0 ? @$_{qw(name keys)} : () } @{ listed("$away.vci")->{sources} } ], [ 'vci', 8 ],
    '--source: only that');
$r = ctl('trust', 'export', '--source', 'frob', $store, '-o', "$away.frob");
is($r->{status}, 1, 'a list that is not there');
ok(!-e "$away.frob", 'and nothing made');

# What a policy trusts: stores and folders, in its environment, by its ages.
ctl('init', '--dir', "$home/p");
my $signer = cert(country => 'AT', name => 'DSC AT');
put('p/trust.d/at.pem', get($signer));
my $policy = put('p/policy.conf', qq(trust = [ "$home/p/trust.d", "$store" ];\nrules = "minimal";\ntrust_max_age = "2h";\n)
    . qq(trust_warn_age = "30m";\n));
my $trusted = listed('--policy', $policy);
is_deeply([ map { "$_->{name}/$_->{feed}/$_->{keys}/$_->{status}" } @{ $trusted->{sources} } ],
    [ '/folder/1/ageless', 'one/jwks/1/fresh', 'vci/vci/8/old' ], 'trust list --policy: all of it, by its own ages');
like(ctl('trust', 'list', '--policy', $policy)->{out}, qr/^ageless +- +1 +1 +0 +0 +0  \(folder\)$/m, 'a folder has no name');
my $grouped = put('grouped.conf', qq(rules = "minimal";\nweb: { trust = "$store"; };\npam: { trust = "$home/none"; };\n));
is(ctl('trust', 'list', '--policy', $grouped)->{status}, 3, 'trust in groups only');
is(listed('--policy', $grouped, '--door', 'web')->{keys}, listed($store)->{keys}, 'is listed for one door');
is(ctl('trust', 'list', '--policy', $grouped, '--door', 'pam')->{status}, 3, 'and not for the other');
usage_error(qr/--door goes with a policy/, qw(trust list --door web), $store);
usage_error(qr/--door \S+: expected web \| pam/, qw(trust list --door gate));
$r = ctl('trust', 'list', '--policy', put('wrong.conf', 'frob = 1;'));
is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'a wrong policy is a fault');
$r = ctl('trust', 'list', '--policy', put('other.conf', qq(trust = "$store";\nrules = "minimal";\nenvironment = "dev";\n)));
is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'so is a store of another environment');

# ---- a store changes whole or not at all ------------------------------------------------

# Calls that fail, or end the program as kill -9 does, in the middle of writing.
my $preload = "$home/fail.so";
put('fail.c', <<'C');
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int fails(const char *call)
{
    const char *how = getenv("HP_FAIL");
    if (how == NULL || strncmp(how, call, strlen(call)) != 0)
        return 0;
    if (strstr(how, ":kill") != NULL)
        kill(getpid(), SIGKILL);
    errno = EIO;
    return 1;
}
int fsync(int fd) { (void)fd; return fails("fsync") ? -1 : 0; }
int fchmod(int fd, unsigned mode) { (void)fd, (void)mode; return fails("fchmod") ? -1 : 0; }
int rename(const char *a, const char *b) { return fails("rename") ? -1 : renameat2(-100, a, -100, b, 0); }
int renameat2(int, const char *, int, const char *, unsigned);
C
put('fail.c', get("$home/fail.c") =~ s/^static int fails/int renameat2(int, const char *, int, const char *, unsigned);\nstatic int fails/mr
    =~ s/^int renameat2\(int, const char \*, int, const char \*, unsigned\);\n\z//mr);
SKIP: {
    skip 'no preloading beside a sanitizer', 1 if get($binary) =~ /__asan_init/;
    system($ENV{CC} || 'cc', '-shared', '-fPIC', '-w', '-o', $preload, "$home/fail.c") == 0
        or skip 'no compiler', 1;
    my $newer = vci($anchor, time => ago(10), issuers => \%issuers);
    for my $call ('fsync', 'fchmod', 'rename') {
        local $ENV{LD_PRELOAD} = $preload;
        local $ENV{HP_FAIL} = $call;
        refused("$call fails", 3, qr/Input\/output error/, '--from', 'vci', @pin, $newer);
        local $ENV{HP_FAIL} = "$call:kill";
        my $before = get($store);
        is(vci_import(@pin, $newer)->{status}, 'signal 9', "killed in $call");
        is(get($store), $before, 'the store is what it was');
    }
    ok(-e "$store.new", 'what a killed run left');
    taken('goes with the next one', '--from', 'vci', @pin, $newer);
    ok(!-e "$store.new", 'and is no more');
}
mkdir "$store.new";
my $newest = vci($anchor, time => ago(5), issuers => \%issuers);
my $before = get($store);
$r = vci_import(@pin, $newest);
is_deeply([ $r->{status}, get($store) eq $before ], [ 3, 1 ], 'a folder in the new file\'s place is a fault');
like($r->{err}, qr/store\.new: is a folder/, 'and told of');
rmdir "$store.new";
rename "$store.lock", "$store.kept";
symlink "$store.kept", "$store.lock";
refused('a link for a lock', 3, qr/store\.lock: is a symbolic link/, '--from', 'vci', @pin, $newest);
unlink "$store.lock";
mkdir "$store.lock";
refused('a folder for a lock', 3, qr/store\.lock: is a folder/, '--from', 'vci', @pin, $newest);
rmdir "$store.lock";
rename "$store.kept", "$store.lock";
for my $odd ([ '/dev/null' => qr/is no regular file/ ], [ $home => qr/is a folder/ ], [ "$home/odd" => qr/is a symbolic link/ ]) {
    symlink $store, "$home/odd";
    my $locked = -e "$odd->[0].lock";
    $r = ctl('trust', 'import', '--from', 'vci', @pin, '-o', $odd->[0], $newest);
    is($r->{status}, 3, "$odd->[0] is no store");
    like($r->{err}, qr/^healthpassctl trust import: \Q$odd->[0]\E: $odd->[1]/, 'and told of');
    is(-e "$odd->[0].lock", $locked, 'and no lock is left');
}
$r = qx(/bin/bash -c 'ulimit -f 1; exec $binary trust import --from vci --pin $anchor -o $store $newest' 2>&1);
is_deeply([ $? == 0 ? 0 : 1, get($store) eq $before, -e "$store.new" ? 1 : 0 ], [ 1, 1, 0 ], 'no room for the file');
SKIP: {
    my $small = "$home/small";
    mkdir $small;
    skip 'may not mount', 4 if $> != 0 || system("mount -t tmpfs -o size=8k none $small 2>/dev/null") != 0;
    local $store = "$small/store";
    my $thin = vci($anchor, time => ago(300), issuers => { $one => [ $jwks[0] ] });
    taken('a disk with little room', '--from', 'vci', @pin, $thin);
    refused('a full disk', 3, qr/No space left/, '--from', 'vci', @pin,
        vci($anchor, time => ago(100), issuers => { map { ("https://$_.example" => \@jwks) } 'a' .. 'z' }));
    system('umount', $small);
}
SKIP: {
    skip 'only root can be somebody else', 3 if $> != 0;
    mkdir "$home/theirs";
    chmod 0777, $home;
    my $theirs = put('theirs/store', get($store));
    chown 65534, 65534, "$home/theirs", $theirs;
    $r = ctl('trust', 'import', '--from', 'vci', @pin, '-o', $theirs, $newest);
    is_deeply([ $r->{status}, $r->{err} =~ /belongs to user 65534/ ? 1 : 0, get($theirs) eq $before ], [ 3, 1, 1 ],
        'a store of somebody else is no ground to build on');
    chown 0, 0, $theirs;
    chmod 0666, $theirs;
    is(ctl('trust', 'import', '--from', 'vci', @pin, '-o', $theirs, $newest)->{status}, 3, 'nor one that others may write');
}
is(ctl('trust', 'import', '--from', 'vci', @pin, '-o', "$home/none/store", $newest)->{status}, 3, 'no folder for the store');

# Many at once: each waits for the others, and none is lost.
{
    local $store = "$home/many.store";
    my @pids = map {
        my $name = "n$_";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open STDOUT, '>', '/dev/null';
            open STDERR, '>', "$home/many.$name";
            exec $binary, qw(trust import --from vci --name), $name, @pin, '-o', $store, $good;
        }
        $pid;
    } 1 .. 12;
    my @failed = grep { waitpid $_, 0; $? != 0 } @pids;
    is(scalar @failed, 0, 'twelve imports at once');
    is_deeply([ sort map { $_->{name} } @{ listed($store)->{sources} } ], [ sort map { "n$_" } 1 .. 12 ], 'and all are in');
}

# ---- every feed, from its list to an accepted pass -----------------------------------------

my $csca = cert(ca => 1, country => 'FR', name => 'CSCA FR');
my $dsc = cert(country => 'FR', name => 'DSC FR', issuer => $csca);
my $lost = cert(country => 'FR', name => 'DSC of nobody', issuer => cert(ca => 1, country => 'FR', name => 'CSCA FR 2'));
my $ended = cert(country => 'FR', name => 'DSC of old', issuer => $csca, ago => 86400 * 30, days => -1);
my $ending = cert(country => 'DE', name => 'DSC ending', days => 10);
my $who = cert(name => 'signs lists');
my $who_key = put('who.pub', run('openssl', 'x509', '-in', $who, '-noout', '-pubkey'));
my $who_private = Lists::private_key($who);
my $pass = issue({ key => Lists::private_key($dsc), cert => $dsc });

# One good import of a feed, and what its list says by itself in check --trust.
sub feed {
    my ($feed, $list, $expected, @options) = @_;
    local $store = "$home/feed-$feed.store";
    my $taken = taken("feed $feed", '--from', $feed, @options, ref $list ? @$list : $list);
    my $source = $taken->{source} // {};
    my %got = (%$source, %{ $source->{states} // {} }, map { ("skipped $_" => $source->{skipped}{$_}) } keys %{ $source->{skipped} });
    is_deeply({ map { $_ => $got{$_} } keys %$expected }, $expected, "feed $feed: the report");
    return ($taken, $store);
}

# The pass is judged by what the list gave, in a store and by itself.
sub opens {
    my ($feed, $reason, @trust) = @_;
    judged("feed $feed: a pass, by $_", $reason, $reason eq 'ok' ? undef : 'issuer', '--trust', $_, $pass) for @trust;
}

my $did = did($who_private, 'prod', ago(3600), [ $dsc, qw(DCC FRA DSC), $csca ], [ $csca, qw(DCC FRA SCA) ],
    [ $lost, qw(DCC FRA DSC), $csca ], [ $ended, qw(DCC FRA DSC), $csca ], [ $ending, qw(DCC DEU DSC) ]);
my (undef, $at) = feed('gdhcn', $did, { entries => 5, keys => 4, usable => 3, expired => 1, 'without-chain' => 0,
    expiring_soon => 1, 'skipped other-use' => 1, signed => JSON::PP::true,
    countries => { FR => { keys => 3, usable => 2 }, DE => { keys => 1, usable => 1 } } }, '--pin', $who_key);
opens('gdhcn', 'ok', $at, $did);
is(ctl('trust', 'export', '--usable', $at, '-o', "$home/usable.store")->{status}, 0, 'trust export --usable');
my $usable = listed("$home/usable.store");
is_deeply([ @$usable{qw(keys usable)}, $usable->{sources}[0]{taken} ], [ 3, 3, 3 ], 'leaves the ended key at home');
opens('gdhcn, carried away', 'ok', "$home/usable.store");
feed('gdhcn', $did, { entries => 5, keys => 4, usable => 1, expired => 1, 'without-chain' => 2 }, '--pin', $who_key,
    '--name', 'chained', '--authority', $csca);
mkdir "$home/scas";
put("scas/fr.pem", get($csca));
feed('gdhcn', $did, { keys => 4, usable => 1 }, '--pin', $who_key, '--name', 'folder', '--authority', "$home/scas");
refused('authorities that are none', 3, qr/holds no certificate/, '--from', 'gdhcn', '--pin', $who_key,
    '--authority', put('noca', 'hello'), $did);
refused('a list of nobody\'s signers', 1, qr/none of the .* keys/, '--from', 'gdhcn', '--pin', $who_key,
    '--authority', $stranger, $did);
{
    # Certificates that anybody can make do not stand in for those that an authority issued.
    my @issued = map { [ cert(country => 'FR', name => "issued $_", issuer => $csca), qw(DCC FRA DSC), $csca ] } 1 .. 4;
    my @made = map { [ cert(country => 'FR', name => "made $_"), qw(DCC FRA DSC) ] } 1 .. 3;
    my @chain = ('--from', 'gdhcn', '--pin', $who_key, '--authority', $csca);
    local $store = "$home/padded.store";
    taken('four keys of an authority', @chain, did($who_private, 'prod', ago(3600), @issued));
    refused('one of them, and three of nobody', 1, qr/holds 1 sound keys, less than half of the 4/, @chain,
        did($who_private, 'prod', ago(3000), $issued[0], @made));
    my $half = taken('two of them, and three of nobody', @chain, did($who_private, 'prod', ago(2000), @issued[0, 1], @made));
    is_deeply([ @{ $half->{source}{states} }{qw(usable without-chain)} ], [ 2, 3 ], 'are told apart');
    taken('of two sound ones, one', @chain, did($who_private, 'prod', ago(1000), $issued[0]));
}
{
    # Without a pin the chain vouches for signers; the time is anybody's, and holds up no genuine list.
    my @chain = ('--from', 'gdhcn', '--authority', $csca);
    my @member = [ $dsc, qw(DCC FRA DSC), $csca ];
    local $store = "$home/chain.store";
    my ($status, $report, $r) = report(@chain, did(key(), 'prod', ago(-80000), @member));
    is($status, 0, 'a list by authority alone, of tomorrow') or diag $r->{err};
    like($r->{err}, qr/warning: gdhcn is an UNSIGNED LIST: only the authorities vouch/, 'is told to be unsigned');
    is_deeply([ @{ $report->{source} }{qw(signed issued status)}, $report->{source}{age} < 60 ? 1 : 0 ],
        [ JSON::PP::false, undef, 'fresh', 1 ], 'its time is no list time, and is not ahead');
    my $s = taken('the genuine one', @chain, did($who_private, 'prod', ago(3600), @member))->{source};
    like($s->{age}, qr/^36\d\d$/, 'is as old as it says');
    $s = taken('with a pin', @chain, '--pin', $who_key, did($who_private, 'prod', ago(3600), @member))->{source};
    ok($s->{signed} && defined $s->{issued}, 'it has a time');
    refused('and without it again', 1, qr/is older \(unknown\)/, @chain, did($who_private, 'prod', ago(60), @member));
}
my $dev = did($who_private, 'dev', ago(3600), [ $dsc, qw(DCC FRA DSC), $csca ]);
refused('a DEV list for PROD', 1, qr/./, '--from', 'gdhcn', '--pin', $who_key, '--name', 'dev', $dev);
refused('a DEV list for PROD, with every flag', 1, qr/./, '--from', 'gdhcn', '--unsigned', 'gdhcn', '--name', 'dev',
    '--allow-older', '--allow-fewer', '--allow-unreadable-eku', $dev);
{
    my $web = 'did:web:tng-cdn-dev.who.int:trustlist:signing';
    my ($x, $y) = unpack 'a32 a32', substr run('openssl', 'pkey', '-in', $who_key, '-pubin', '-pubout', '-outform', 'DER'), -64;
    my %jwk = (kty => 'EC', crv => 'P-256', map { $_->[0] => MIME::Base64::encode_base64url($_->[1]) } [ x => $x ], [ y => $y ]);
    my $pin = put('dev-signing.json', encode_json({ '@context' => [ 'https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1' ],
        id => $web, controller => $web, verificationMethod => [ { id => $web, type => 'JsonWebKey2020', controller => $web, publicKeyJwk => \%jwk } ] }));

    refused('a DEV document\'s key for PROD', 3, qr/signing DID document of another environment than prod/,
            '--from', 'gdhcn', '--pin', $pin, '--name', 'dev', $did);
}
refused('a PROD list for DEV', 1, qr/./, '--from', 'gdhcn', '--pin', $who_key, '--name', 'x', '--environment', 'dev', $did);

my $gateway = cert(name => 'trust anchor', country => 'EU');
my $upload = cert(name => 'upload', country => 'FR');
my @items = (Lists::item('CSCA', $csca, 'FR', $gateway), Lists::item('UPLOAD', $upload, 'FR', $gateway),
    Lists::item('DSC', $dsc, 'FR', $upload));
my $pages = gateway(@items, Lists::item('DSC', $lost, 'FR', $upload), Lists::item('DSC', $ended, 'FR', $gateway));
(undef, $at) = feed('dgcg', $pages, { entries => 5, usable => 1, signed => JSON::PP::true,
    signed_by => fingerprint($gateway), 'skipped signature' => 1 }, '--pin', $gateway);
opens('dgcg', 'ok', $at, $pages);
my @pages = map { gateway($_) } @items;
feed('dgcg', \@pages, { usable => 1 }, '--pin', $gateway, '--name', 'pages');
refused('a gateway\'s list without pin', 1, qr/@{[ fingerprint($gateway) ]}/, '--from', 'dgcg', '--name', 'x', $pages);

my $zip = archive($gateway, 'Version.txt' => "1\n", map { my ($where, $cert) = @$_;
    ("$where/" . fingerprint($cert) . '.pem' => get($cert)) }
    [ 'CSCA/DCC/FR', $csca ], [ 'DSC/DCC/FR', $dsc ], [ 'DSC/DCC/FR', $lost ]);
(undef, $at) = feed('eu', $zip, { usable => 1, signed_by => fingerprint($gateway) }, '--pin', $gateway);
opens('eu', 'ok', $at, $zip);
refused('an archive without pin', 1, qr/@{[ fingerprint($gateway) ]}/, '--from', 'eu', '--name', 'x', $zip);
refused('an archive by a stranger', 1, qr/./, '--from', 'eu', '--name', 'x', '--pin', $upload, $zip);

my $german = german($who_private, Lists::item('DSC', $dsc, 'FR'), Lists::item('DSC', $ending, 'DE'));
(undef, $at) = feed('de', $german, { entries => 2, keys => 2, usable => 2, expiring_soon => 1, signed => JSON::PP::true },
    '--pin', $who_key);
opens('de', 'ok', $at, $german);
refused('the German list by a stranger', 1, qr/./, '--from', 'de', '--pin', $upload, $german);

# An extended key usage that no parser takes.
my $odd = cert(country => 'FR', name => 'DSC odd', ext => '2.5.29.37=DER:0500');
my $odd_list = german($who_private, map { Lists::item('DSC', $_, 'FR') } $dsc, $odd);
feed('de', $odd_list, { keys => 1, 'skipped usage' => 1 }, '--pin', $who_key, '--name', 'odd');
feed('de', $odd_list, { keys => 2, usable => 2 }, '--pin', $who_key, '--name', 'odd', '--allow-unreadable-eku');

(undef, $at) = feed('vci', $good, { keys => 8, usable => 8 }, @pin);
opens('vci', 'signer-unknown', $at, $good);
feed('jwks', jwks(@jwks), { keys => 8, signed => JSON::PP::false }, '--unsigned', 'jwks', '--issuer', $two);

mkdir "$home/csca";
put('csca/csca-fr.der', der($csca));
feed('csca', "$home/csca", { keys => 0, authorities => 1, signed => JSON::PP::false }, '--unsigned', 'csca');
mkdir "$home/2d";
my $ac = cert(country => 'FR', name => 'FRX1', ca => 1);
put('2d/FRX1.ca.der', der($ac));
put('2d/FRX1HP01.der', der(cert(country => 'FR', name => 'HP01', issuer => $ac)));
feed('2d-doc', "$home/2d", { keys => 1, usable => 1, signed => JSON::PP::false }, '--unsigned', '2d-doc');
{
    local $store = "$home/feed-2d-doc.store";
    like(ctl('trust', 'list', '--keys', $store)->{out}, qr/^FRX1HP01 FR 2D-DOC ES256 /m, 'a 2D-DOC key by its name');
}

mkdir "$home/signed";
mkdir "$home/signed/FR";
put('signed/FR/dsc.pem', get($dsc));
manifest("$home/signed", $gateway);
(undef, $at) = feed('folder', "$home/signed", { keys => 1, usable => 1, signed_by => fingerprint($gateway) }, '--pin', $gateway);
opens('folder', 'ok', $at, "$home/signed");
refused('a folder by a stranger', 1, qr/./, '--from', 'folder', '--pin', $upload, "$home/signed");
put('signed/FR/dsc.pem', get($lost));
refused('a file that MANIFEST does not know', 1, qr/./, '--from', 'folder', '--pin', $gateway, "$home/signed");
unlink "$home/signed/MANIFEST", "$home/signed/MANIFEST.sig";
refused('a folder without its MANIFEST', 1, qr/./, '--from', 'folder', '--pin', $gateway, "$home/signed");
feed('folder', "$home/signed", { keys => 1, signed => JSON::PP::false }, '--unsigned', 'folder', '--name', 'bare');

# Lists given to check are taken as given: no pin, and of any age and environment.
opens('gdhcn', 'ok', $dev, did(key(), 'uat', ago(86400 * 400), [ $dsc, qw(DCC FRA DSC), $csca ]));
judged('nor does the clock matter', 'ok', undef, '--trust', $did, '--at', ago(-3600), $pass);
$r = ctl('check', '--trust', put('broken.json', substr get($did), 0, -20), $pass);
is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], 'a broken list is a fault');
like($r->{err}, qr/broken\.json/, 'and which');

# ---- real lists ----------------------------------------------------------------------------

SKIP: {
    my $data = $ENV{HEALTHPASS_TESTDATA};
    skip 'HEALTHPASS_TESTDATA is not set', 1 unless $data;
    local $store = "$home/dev.real";
    my $root = put('root.json', run('gzip', '-dc', "$data/gdhcn/upstream/who-dev/trustlist-root.json.gz"));
    my @who = ('--from', 'gdhcn', '--pin', "$data/gdhcn/upstream/who-dev/signing-did.json");
    my $s = taken('the root list of WHO\'s DEV network', @who, '--environment', 'dev', $root)->{source};
    is_deeply([ @$s{qw(entries signed status)}, scalar keys %{ $s->{countries} } ], [ 255, JSON::PP::true, 'stale', 45 ],
        'entries, age, countries');
    is($s->{taken} + eval { my $n = 0; $n += $_ for values %{ $s->{skipped} }; $n }, 255, 'each is taken or told of');
    is($s->{states}{usable} + $s->{states}{expired}, $s->{keys}, 'usable and expired are all');
    cmp_ok($s->{states}{expired}, '>', 0, 'lists hold ended keys');
    refused('for PROD', 3, qr/document of another environment than prod/, @who, '--name', 'x', $root);
    $store = "$home/real";
    refused('for a store of PROD', 3, qr/document of another environment than prod/, @who, $root);
    $s = taken('the VCI directory', '--from', 'vci', '--pin', "$data/shc/published/vci_snapshot.crt",
        "$data/shc/published/vci_snapshot.json")->{source};
    is_deeply([ @$s{qw(entries keys)} ], [ 961, 961 ], 'all its keys');
    $s = taken('the production keys of 2D-DOC', '--from', '2d-doc', '--unsigned', '2d-doc',
        "$data/2d-doc/published/trust-production")->{source};
    is_deeply([ @$s{qw(keys signed)}, $s->{authorities} > 0 ? 1 : 0 ], [ 4, JSON::PP::false, 1 ], 'and authorities');
    $store = "$home/generated";
    $s = taken('the generated list', '--from', 'gdhcn', '--pin', "$data/gdhcn/generated/signing-did.json",
        '--environment', 'dev', "$data/gdhcn/generated/trustlist-did.json")->{source};
    is_deeply([ $s->{keys}, $s->{skipped}{'other-use'} ], [ 3, 1 ], 'its keys');
}

done_testing;
