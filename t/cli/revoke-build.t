# healthpassctl revoke build and revoke status: each option, exit code and refusal; an index changes whole or not at all.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use Lists;
use MIME::Base64 qw(decode_base64 encode_base64url);
use Test::More;

my $home = folder();
our $index = "$home/index";

sub build { return ctl('revoke', 'build', '-o', $index, @_) }

# The list is refused or fails with these words, and the index is what it was.
sub refused {
    my ($what, $status, $words, @args) = @_;
    my $before = -e $index ? get($index) : undef;
    my $r = build(@args);
    is_deeply([ $r->{status}, $r->{out} ], [ $status, '' ], "$what: exit $status, no report");
    like($r->{err}, $words, "$what: why");
    is(-e $index ? get($index) : undef, $before, "$what: the index is what it was");
    is_deeply([ grep { !/\.lock$/ } glob "$index.*" ], [], "$what: nothing is left behind");
    return $r;
}

sub taken {
    my ($what, @args) = @_;
    my $r = build('--json', @args);
    is($r->{status}, 0, "$what: taken") or diag $r->{err};
    return $r->{status} == 0 ? decode_json($r->{out}) : {};
}

sub status {
    my $r = ctl('revoke', 'status', '--json', @_);
    is($r->{status}, 0, "revoke status @_") or diag $r->{err};
    return decode_json($r->{out})->{indexes};
}

sub hash { return substr sha256("key $_[0]"), 0, 16 }

my $uploads = 0;
my %upload = map { $_ => cert(country => $_, name => "Upload $_") } 'XA', 'XB';

# A folder as the gateway is mirrored: [ id, country, day, deleted, keys... ] ...
sub gateway_folder {
    my ($name, @batches) = @_;
    my $folder = "$home/$name";
    mkdir $folder;
    for (grep { !$_->[3] } @batches) {
        my ($id, $country, undef, undef, @keys) = @$_;
        @keys or next;
        put("$folder/$id", b64(cms($upload{$country}, json({ country => $country, expires => '2099-01-01T00:00:00Z',
            kid => 'UNKNOWN_KID', hashType => 'UCI', entries => [ map { { hash => b64(hash($_)) } } @keys ] }),
            '-nodetach')));
    }
    put("$folder/list.json", json({ more => JSON::PP::false, batches => [ map { { batchId => $_->[0],
        country => $_->[1], date => "2021-06-0$_->[2]T00:00:00Z",
        deleted => $_->[3] ? JSON::PP::true : JSON::PP::false } } @batches ] }));
    return $folder;
}

my $list = put('list', join '', map { unpack('H*', hash($_)) . "\n" } 1 .. 4);
my @list = qw(--from list --unsigned list --kind uci);
my @pin = map { ('--pin', $upload{$_}) } sort keys %upload;

# ---- usage -----------------------------------------------------------------------

my $r = ctl('revoke', '--help');
like($r->{out}, qr/^  revoke build .*^  revoke status /ms, 'revoke --help lists them');
usage_error(qr/-o INDEX is missing/, qw(revoke build --from list), $list);
usage_error(qr/--from KIND is missing/, qw(revoke build -o), $index, $list);
usage_error(qr/FILE is missing/, qw(revoke build -o), $index, @list);
usage_error(qr/--from frob: no such kind/, qw(revoke build --from frob -o), $index, $list);
usage_error(qr/--name: expected/, qw(revoke build -o), $index, @list, '--name', $_, $list) for 'a b', '../x', 'x' x 32;
usage_error(qr/--name: the log calls the operator's own list deny-list/, qw(revoke build -o), $index, @list,
    qw(--name deny-list), $list);
usage_error(qr/--unsigned: expected the kind/, qw(revoke build --from list --kind uci --unsigned shc -o), $index, $list);
usage_error(qr/--unsigned: such a list is signed/, qw(revoke build --from gateway --unsigned gateway -o), $index, $home);
usage_error(qr/--issuer URL is missing/, qw(revoke build --from shc --unsigned shc -o), $index, $list);
usage_error(qr/--kind: no such kind/, qw(revoke build --from list --kind frob -o), $index, $list);
usage_error(qr/expected --kind K, .* or --plain/, qw(revoke build --from list --unsigned list -o), $index, $list);
usage_error(qr/expected --kind K, .* or --plain/, qw(revoke build -o), $index, @list, '--plain', $list);
usage_error(qr/--max-age: expected/, qw(revoke build -o), $index, @list, '--max-age', $_, $list) for qw(0h 24 h 1w -1h 1hh);
usage_error(qr/--memory $_: expected a number from 1 to 65536/, qw(revoke build -o), $index, @list, '--memory', $_, $list)
    for 0, 65537;
usage_error(qr/--until x: expected RFC 3339/, qw(revoke build -o), $index, @list, qw(--until x), $list);
usage_error(qr/does not look at \Q$$_[0]\E: say it without/, qw(revoke build -o), $index, @$_[1 .. $#$_], $list)
    for [ '--pin', @list, '--pin', $list ], [ '--issuer', @list, '--issuer', 'https://a.example' ],
        [ '--allow-older', @list, '--allow-older' ], [ '--kind, --plain and --until', qw(--from gateway --plain) ],
        [ '--kind, --plain and --until', qw(--from gateway --kind uci) ],
        [ '--kind, --plain and --until', qw(--from gateway --until 2099-01-01T00:00:00Z) ],
        [ '--delta', qw(--from slices --unsigned slices --delta) ],
        [ '--pin', qw(--from shc --issuer https://a.example --pin x) ];
usage_error(qr/--remove goes with -o INDEX alone/, qw(revoke build --remove list -o), $index, @$_)
    for [ $list ], [ qw(--from list) ], [ qw(--name x) ], [ qw(--unsigned list) ], [ qw(--issuer x) ], [ qw(--kind uci) ],
        [ qw(--max-age 1h) ], [ @pin ], [ qw(--until 2099-01-01T00:00:00Z) ], [ '--plain' ], [ '--delta' ],
        [ '--allow-older' ], [ '--allow-fewer' ], [ '--json' ];
usage_error(qr/INDEX is missing/, qw(revoke status));
ok(!-e $index, 'nothing came of it');

$r = ctl(qw(revoke build --help));
is($r->{status}, 0, 'revoke build --help');
like($r->{out}, qr/^  $_\n    \S/m, "the help tells of $_") for qw(gateway slices shc list);
like($r->{out}, qr/^What --kind takes: signature uci country-uci proof rid 2d-doc$/m, 'and of kinds of keys');

# ---- plain lists -----------------------------------------------------------------

refused('without --unsigned', 1, qr/^healthpassctl revoke build: list: refused: nobody signs such a list.*--unsigned list/,
    qw(--from list --kind uci), $list);
refused('a line that is no hash', 1, qr{refused: \S+/bad:1: expected a hash}, @list, put('bad', "frob\n"));
refused('no file', 3, qr{/none: No such file}, @list, "$home/none");
$r = build(@list, '--max-age', '24h', $list);
is($r->{status}, 0, 'a list is taken');
like($r->{out}, qr/^list: list$/m, 'its name and kind');
like($r->{out}, qr/^  entries         4 in 1 batches, and 0 filters$/m, 'how many');
like($r->{out}, qr/^  signed by       nobody: UNSIGNED$/m, 'that nobody signed it');
like($r->{out}, qr/^  age             0 seconds, fresh$/m, 'its age');
like($r->{out}, qr/^  stale after     24 hours$/m, 'how old it may get');
like($r->{out}, qr/\Q$index\E is replaced by rename only: never copy over it in place\.$/, 'and how to treat the index');
like($r->{err}, qr/^healthpassctl revoke build: warning: list is an UNSIGNED LIST/, 'what is unsigned is warned of');
is(mode($index), '0640', 'the index is not for everybody');
SKIP: {
    skip 'needs root', 4 if $> != 0;
    like($r->{err}, qr/warning: \Q$index\E: only root may read it: .*workers of nginx/, 'nor for the workers of nginx, which is warned of');
    unlike($r->{out}, qr/Gates see it at once/, '... and no gate is said to see it');
    chown 0, 65534, $index;
    my $open = build(@list, '--max-age', '24h', $list);
    unlike($open->{err}, qr/only root may read/, 'one that they may read is not');
    like($open->{out}, qr/^Gates see it at once\./m, '... and is seen');
    chown 0, 0, $index;
}
my $one = status($index)->[0];
is_deeply([ @$one{qw(index entries batches filters)} ], [ $index, 4, 1, 0 ], 'revoke status: the whole');
is_deeply([ @{ $one->{sources}[0] }{qw(name kind signed status entries max_age last_end signed_by)} ],
    [ 'list', 'list', JSON::PP::false, 'fresh', 4, 86400, undef, undef ], 'revoke status: the list');

my $uci = 'URN:UVCI:01:FR:GGD81AAH16AZ#8';
my $plain = put('plain', "$uci\r\n$uci \n");
$r = refused('a UCI with a blank', 1, qr{/plain:2: expected a UCI}, qw(--from list --unsigned list --plain --name people), $plain);
unlike($r->{err}, qr/GGD81/, 'and nobody is named');
put('plain', "$uci\n");
my $report = taken('UCIs', qw(--from list --unsigned list --plain --name people --until 2099-01-01T00:00:00Z), $plain);
is($report->{source}{last_end}, '2099-01-01T00:00:00Z', 'with an end');
unlike(get($index), qr/GGD81/, 'and they are not in the index');
$report = taken('a change', @list, '--delta', put('change', '-' . unpack('H*', hash(1)) . "\n" . unpack('H*', hash(5)) . "\n"));
is_deeply($report->{taken}, { entries => 1, filtered => 0, removed => 1, batches => 0, batches_kept => 0, batches_gone => 0,
    ended => 0 }, 'what came of it');
is($report->{source}{entries}, 4, 'one went, one came');
refused('a list that shrank', 1, qr/holds 1 entries, less than half of the 4 in force/, @list, put('short', unpack('H*', hash(1))));
taken('a shorter list, by his word', @list, '--allow-fewer', "$home/short");
refused('an empty list', 1, qr/nothing is listed/, @list, put('empty', "# none\n"));
refused('a change of nothing', 1, qr/no list of that name/, @list, qw(--delta --name none), $list);
refused('a list of another kind', 1, qr/is one of list, not of gateway/, qw(--from gateway --name list), @pin, $home);

# ---- the gateway -----------------------------------------------------------------

my $gateway = gateway_folder('gw', [ 'b-1', 'XA', 1, 0, 1, 2 ], [ 'b-2', 'XB', 2, 0, 3 ]);
$r = refused('without a pin', 1, qr/gateway: refused: batch b-1: nothing is pinned/, qw(--from gateway), $gateway);
like($r->{err}, qr/SHA-256 \Q@{[ fingerprint($upload{XA}) ]}\E, which proves nothing.*UPLOAD certificate of XA/, 'and whom to compare');
refused('one pin too few', 1, qr/batch b-2: nothing is pinned/, qw(--from gateway), @pin[0, 1], $gateway);
refused('a pin that is none', 3, qr{/list: is no pin}, qw(--from gateway --pin), $list, $gateway);
refused('a bare key', 3, qr{/key\.pub: is a bare key}, qw(--from gateway --pin),
    put('key.pub', run('openssl', 'pkey', '-in', key(), '-pubout')), $gateway);
$report = taken('the gateway\'s list', qw(--from gateway), @pin, $gateway);
is_deeply([ @{ $report->{source} }{qw(signed signed_by entries issued)} ],
    [ JSON::PP::true, fingerprint($upload{XB}), 3, '2021-06-02T00:00:00Z' ], 'who signed, and how much');
gateway_folder('gw', [ 'b-1', 'XA', 1, 0 ], [ 'b-3', 'XA', 3, 0 ]);
refused('an interrupted update', 1, qr/batch b-3 of XA is listed, but neither here nor in the index/, qw(--from gateway), @pin, $gateway);
my $delta = gateway_folder('delta', [ 'b-2', 'XB', 4, 1 ], [ 'b-3', 'XA', 4, 0, 7 ]);
$report = taken('a change of it', qw(--from gateway --delta), @pin, $delta);
is_deeply($report->{taken}, { entries => 1, filtered => 0, removed => 0, batches => 1, batches_kept => 1, batches_gone => 1,
    ended => 0 }, 'what came of it');
refused('a change out of its order', 1, qr/is older \(2021-06-03T00:00:00Z\)/, qw(--from gateway --delta), @pin,
    gateway_folder('old', [ 'b-2', 'XB', 3, 0, 3 ]));
taken('by his word', qw(--from gateway --delta --allow-older), @pin, "$home/old");

# ---- cards -----------------------------------------------------------------------

my $kid = jwk(key())->{kid};
sub crl { return put("crl$_[0].json", json({ kid => $kid, method => 'rid', ctr => $_[0], rids => $_[1] })) }
my @shc = qw(--from shc --unsigned shc --issuer https://issuer.example);
taken('cards', @shc, crl(5, [ 'abc', 'x.1600000000' ]));
refused('a step back', 1, qr/is older \(ctr 4\)/, @shc, crl(4, [ 'abc' ]));
refused('a wrong issuer', 1, qr/expected --issuer/, qw(--from shc --unsigned shc --issuer https://issuer.example/), crl(6, [ 'abc' ]));

# ---- slices ----------------------------------------------------------------------

my $slice = pack('n N N C H16', 1, 0x2b8cbccc, 1, 8, '3a11223344556677');
mkdir "$home/dist";
mkdir "$home/dist/U5vvB3k2Cj4";
put('dist/lists.json', json([ { kid => 'U5vvB3k2Cj4=', mode => 'POINT', hashTypes => [ 'UCI' ],
    expires => '2099-01-01T00:00:00Z', lastUpdated => '2021-06-01T00:00:00Z' } ]));
put('dist/U5vvB3k2Cj4/partitions.json', json([ { kid => 'U5vvB3k2Cj4=', id => undef, x => undef, y => undef,
    expired => '2099-01-01T00:00:00Z', chunks => { 3 => { '2099-01-01T00:00:00Z' =>
        { type => 'VARHASHLIST', version => '1.0', hash => sha256_hex($slice) } } } } ]));
my @slices = (qw(--from slices --unsigned slices), "$home/dist");
refused('slices that are not all there', 1, qr/the list changed while it was fetched, or was not fetched to its end: fetch it again$/, @slices);
run('sh', '-c', "cd $home && mkdir tar && cat >tar/@{[ sha256_hex($slice) ]} <$home/slice && tar czf dist/U5vvB3k2Cj4/slices.tgz -C tar .")
    if put('slice', $slice);
$report = taken('slices in an archive', @slices);
is_deeply([ @{ $report->{source} }{qw(filters entries)}, $report->{taken}{filtered} ], [ 1, 0, 1 ], 'a filter with one hash');

# ---- all of it -------------------------------------------------------------------

$r = ctl(qw(revoke status --verify), $index);
is($r->{status}, 0, 'revoke status --verify');
like($r->{out}, qr/^\Q$index\E: made \S+, \d+ \w+ ago: \d+ entries in \d+ batches, and 1 filters, of 5 lists\n  verified: /, 'says so');
like($r->{out}, qr/^$_$/m, "and tells of $_") for 'list: list', 'people: list', 'gateway: gateway', 'shc: shc', 'slices: slices';
is_deeply([ sort map { $_->{name} } @{ status('--verify', $index)->[0]{sources} } ], [ qw(gateway list people shc slices) ],
    'and so for scripts');
refused('a list that is not there', 1, qr/holds no list named none$/, qw(--remove none));
$r = build(qw(--remove people));
is_deeply([ $r->{status}, $r->{out}, $r->{err} ], [ 0, '', "healthpassctl revoke build: $index: removed people\n" ], 'a list is removed');
is_deeply([ sort map { $_->{name} } @{ status($index)->[0]{sources} } ], [ qw(gateway list shc slices) ], 'and no other');

my $damaged = get($index);
substr($damaged, -1) ^= "\1";
put('damaged', $damaged);
$r = ctl(qw(revoke status --json --verify), "$home/damaged", $index);
is($r->{status}, 3, 'a damaged index is a fault');
like($r->{err}, qr/^healthpassctl revoke status: \S+\/damaged: /, 'which is named');
is_deeply([ map { $_->{index} } @{ decode_json($r->{out})->{indexes} } ], [ $index ], 'the other is shown all the same');
chmod 0640, "$home/damaged";
{
    local $index = "$home/damaged";
    refused('a damaged index', 3, qr{/damaged: }, @list, $list);
}
is(ctl(qw(revoke status), $list)->{status}, 3, 'what is no index is a fault');

# ---- whoever shows a pass chooses the key id that is not signed --------------------

# Two certificates of one key; the filter, with all hashes of UCIs in it, is kept by the id of the first.
my $signer = issuer('signer');
my $full = pack('nCCNNNN', 1, 127, 0, 0x2b8cbccc, 1, 1, 1) . "\xff" x 4;
my $filter = sha256_hex($full);
put("$signer->{trust}/second.pem", get(cert(key => $signer->{key}, name => 'Second')));
my ($first, $second) = map {
    substr sha256(decode_base64(get($_) =~ s/-----[^-]+-----//gr)), 0, 8
} "$signer->{trust}/issuer.pem", "$signer->{trust}/second.pem";
my $folder = encode_base64url($first);
mkdir $_ for "$home/kids", "$home/kids/$folder";
put("kids/lists.json", json([ { kid => b64($first), mode => 'POINT', hashTypes => [ 'UCI' ], expires => '2099-01-01T00:00:00Z',
    lastUpdated => '2026-01-01T00:00:00Z' } ]));
put("kids/$folder/partitions.json", json([ { kid => b64($first), id => undef, expired => '2099-01-01T00:00:00Z', chunks =>
    { map { $_ => { '2099-01-01T00:00:00Z' => { type => 'BLOOMFILTER', hash => $filter } } } 0 .. 9, 'a' .. 'f' } } ]));
put("kids/$folder/$filter", $full);
{
    local $index = "$home/kids.index";
    is(build(qw(--from slices --unsigned slices), "$home/kids")->{status}, 0, 'a filter of one key id');
}
my $policy = put('kids.conf', qq(trust = "$signer->{trust}"; rules = "authentic-only"; revoked = "$home/kids.index";\n));
chmod 0644, $policy;
judged("the key id $_->[0], $_->[2]", $_->[3], $_->[3] eq 'ok' ? undef : 'revocation', '--policy', $policy,
    issue($signer, '--kid', unpack('H*', $_->[1]), '--kid-in', $_->[2]))
    for [ first => $first, 'unprotected', 'revoked-maybe' ], [ second => $second, 'unprotected', 'revoked-maybe' ],
        [ first => $first, 'both', 'revoked-maybe' ], [ second => $second, 'protected', 'ok' ];

done_testing;
