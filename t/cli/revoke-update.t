# healthpassctl revoke update: each form of list is fetched into the index; whatever is wrong with
# one of them, or with the way, leaves the index as it was, and the next run goes on.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Feeder;
use JSON::PP;
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;
use Time::HiRes qw(sleep time);

my $home = folder();
my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $web = 'http://127.0.0.1:' . publish_revoked();
our $index = "$home/revoked.index";
my $json = JSON::PP->new->canonical;

sub update {
    my ($feeds, @args) = @_;
    return ctl('revoke', 'update', '--feeds', $feeds, @args);
}

sub is_update {
    my ($what, $status, $words, @args) = @_;
    my $r = update(@args);
    is($r->{status}, $status, "$what: exit $status") or diag "$r->{out}$r->{err}";
    like("$r->{out}$r->{err}", $words, "$what: says so");
    return $r;
}

sub wrong { served('plan', $json->encode([ @_ ])) }
sub wrongs_left { return scalar @{ decode_json(get("$home/web/plan")) } }

# 16 bytes that stand for a pass.
sub hash { return substr sha256("pass $_[0]"), 0, 16 }

# Are those of these numbers, and no others below 100, listed?  An entry is the end of its hash.
sub is_listed {
    my ($what, @numbers) = @_;
    my $bytes = -e $index ? get($index) : '';
    is_deeply([ grep { index($bytes, substr hash($_), 3) >= 0 } 0 .. 99 ], [ sort { $a <=> $b } @numbers ],
        "$what: is listed");
}

sub cursor { return state($index)->{gw}{cursor} }
sub staged { my ($name) = @_; return map { s{.*/}{}r } glob "$index.fetched/$name/*" }
sub truncate_to { open my $file, '>', $_[0] or die; truncate $file, $_[1] or die }
sub asked { return map { $_->{path} } requests() }

sub in_background {
    my ($feeds) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$home/background" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec $ctl, 'revoke', 'update', '--now', '--feeds', $feeds or die;
    }
    return $pid;
}

sub await_request {
    my ($path) = @_;
    for (1 .. 200) {
        return 1 if grep { $_ eq $path } asked();
        sleep 0.05;
    }
    return 0;
}

# ---- the gateway -------------------------------------------------------------------------------

run_quietly("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /C=DE/CN=$_"
    . " -keyout $home/$_.key -out $home/$_.pem") for 'upload', 'other';

sub batch_id { return sprintf '%08x-0000-4000-8000-000000000000', $_[0] }
sub batch_path { return '/gw/revocation-list/' . batch_id($_[0]) }

# A batch with the passes of these numbers, signed.
sub batch {
    my ($nth, @numbers) = @_;
    my $content = put('batch', $json->encode({ country => 'DE', expires => '2099-01-01T00:00:00Z', kid => 'UNKNOWN_KID',
        hashType => 'SIGNATURE', entries => [ map { { hash => encode_base64(hash($_), '') } } @numbers ] }));
    run_quietly("openssl cms -sign -nodetach -binary -in $content -signer $home/upload.pem -inkey $home/upload.key"
        . " -outform DER -out $home/cms");
    return served('batch-' . batch_id($nth), encode_base64(get("$home/cms")));
}

# What the gateway lists: [ number, minute, deleted ], ...
sub gateway_text {
    my ($page, @batches) = @_;
    return $json->encode({ page => $page, batches => [ map { { batchId => batch_id($$_[0]), country => 'DE',
        date => sprintf('2026-01-%02dT%02d:%02d:00Z', 1 + $$_[1] / 1440, $$_[1] / 60 % 24, $$_[1] % 60), deleted => $$_[2] ? JSON::PP::true : JSON::PP::false } } @batches ] });
}
sub gateway { return served('gateway.json', gateway_text(@_)) }

my %gw = (name => 'gw', from => 'gateway', url => "$web/gw", pin => "$home/upload.pem");
my $gw = revocations_file('gw.conf', { index => $index }, \%gw);

batch($_, $_ * 10, $_ * 10 + 1) for 1 .. 4;
gateway(2, map { [ $_, $_ ] } 1 .. 3);
my $r = is_update('from nothing', 0, qr/^gw: renewed: 6 hashes in 3 batches, of 2026-01-01T00:03:00Z$/, $gw);
is($r->{err}, '', 'and nothing to complain of');
is_listed('three batches', 10, 11, 20, 21, 30, 31);
is((requests())[0]{headers}{'if-modified-since'}, '2021-06-01T00:00:00Z', 'the first question is for all');
is((requests())[1]{headers}{'if-modified-since'}, '2026-01-01T00:02:00Z', 'the second for what comes after');
is(cursor(), '2026-01-01T00:03:00Z', 'the cursor is the last date');
is_deeply([ staged('gw') ], [], 'and nothing is left lying about');
is(mode("$index.fetched"), '0700', 'in a folder that is nobody else\'s');

forget_requests();
is_update('at once again', 0, qr/^nothing is due before \d{4}-\S+Z; --now fetches all the same$/, $gw);
is(scalar(requests()), 0, 'asks nobody');
my $before = get($index);
is_update('nothing new', 0, qr/^gw: not changed: 6 hashes in 3 batches/, $gw, '--now');
is_deeply([ asked() ], [ '/gw/revocation-list' ], 'asks for no batch that is there');
is(get($index), $before, 'and leaves the index alone');

gateway(2, [ 1, 1 ], [ 3, 3 ], [ 4, 4 ], [ 2, 5, 1 ]);
forget_requests();
is_update('changes', 0, qr/^gw: renewed: 6 hashes in 3 batches, of 2026-01-01T00:05:00Z/, $gw, '--now');
is_listed('one more, and one deleted', 10, 11, 30, 31, 40, 41);
is_deeply([ grep { /list\/./ } asked() ], [ batch_path(4) ], 'only the new one is fetched');
is(cursor(), '2026-01-01T00:05:00Z', 'the cursor moves on');

gateway(2);
forget_requests();
is_update('204', 0, qr/^gw: not changed: 6 hashes/, $gw, '--now');
is((requests())[0]{headers}{'if-modified-since'}, '2026-01-01T00:05:00Z', 'that was asked for what is new');
is(cursor(), '2026-01-01T00:05:00Z', 'the cursor stays');

# Deleted between the list and the batch: the list tells when it is asked again.
my @now = ([ 1, 1 ], [ 3, 3 ], [ 4, 4 ], [ 2, 5, 1 ]);
batch($_, $_ * 10, $_ * 10 + 1) for 5 .. 7;
gateway(10, @now, [ 5, 6 ], [ 6, 7 ]);
served('gateway.next', gateway_text(10, @now, [ 6, 7 ], [ 5, 8, 1 ]));
wrong({ path => '/gw/revocation-list', swap => [ 'gateway.next', 'gateway.json' ] });
is_update('410 of a batch', 0, qr/^gw: renewed: 8 hashes in 4 batches/, $gw, '--now');
is_listed('the other one', 10, 11, 30, 31, 40, 41, 60, 61);
is(cursor(), '2026-01-01T00:08:00Z', 'and the cursor is behind both');

# The list changes between two pages: a batch of the first is deleted in the second.
@now = ([ 6, 7 ], [ 5, 8, 1 ]);
gateway(2, @now, [ 7, 9 ], [ 8, 10 ]);
batch(8, 80);
served('gateway.next', gateway_text(2, @now, [ 8, 10 ], [ 7, 11, 1 ]));
wrong({ path => '/gw/revocation-list', skip => 1, swap => [ 'gateway.next', 'gateway.json' ] });
is_update('a list that changes between pages', 0, qr/^gw: renewed: 9 hashes in 5 batches/, $gw, '--now');
is_listed('what was not deleted', 10, 11, 30, 31, 40, 41, 60, 61, 80);
is(wrongs_left(), 0, 'it did change');

$before = get($index);
gateway(10, [ 8, 10 ], [ 7, 11, 1 ], [ 9, 12 ]);
for ([ 'a batch that is nowhere', {}, qr/lists a batch that it does not have; its old list stays: 9 hashes in 5 batches$/ ],
    [ 'a batch that is cut off', { path => batch_path(9), cut => 1 }, qr/bytes remaining|closed/ ],
    [ 'an error', { path => batch_path(9), status => 500 }, qr/answers 500/ ],
    [ 'an error of the list', { path => '/gw/revocation-list', status => 403 }, qr/answers 403/ ],
    [ 'a list that is cut off', { path => '/gw/revocation-list', cut => 1 }, qr/bytes remaining|closed/ ]) {
    my ($what, $step, $words) = @$_;
    wrong(%$step ? $step : ());
    is_update($what, 1, $words, $gw, '--now');
    is(get($index), $before, '... leaves the index alone');
    is(cursor(), '2026-01-01T00:11:00Z', '... and the cursor');
    batch(9, 90);
}
is(state($index)->{gw}{error} =~ /bytes|closed/ ? 1 : 0, 1, 'the error is noted');
is_update('all is well again', 0, qr/^gw: renewed: 10 hashes/, $gw, '--now');

gateway(10, [ 11, 14 ], [ 10, 13 ]);
batch($_, $_) for 10, 11;
is_update('a list that is out of order', 1, qr/lists batches out of order/, $gw, '--now');
gateway(1, [ 10, 13 ], [ 11, 13 ]);
is_update('a page that does not move on', 1, qr/its answers do not move on/, $gw, '--now');
served('gateway.json', gateway_text(10, [ 10, 13 ]) =~ s/0000000a/..%2f/r);
is_update('a batch whose name is none', 1, qr/without a batchId or a date/, $gw, '--now');
gateway(10, [ 10, 13 ]);
run_quietly("mv $home/web/batch-" . batch_id(10) . " $home/right");
put("$home/web/batch-" . batch_id(10), "no CMS\n");
is_update('a batch that is none', 1, qr/batch 0000000a-\S+: expected a CMS message/, $gw, '--now');
is_deeply([ staged('gw') ], [], 'is not kept');
run_quietly("mv $home/right $home/web/batch-" . batch_id(10));
my $other = revocations_file('other.conf', { index => $index }, { %gw, pin => "$home/other.pem" });
gateway(10, map({ [ $_, $_ ] } 1, 3, 4, 6, 8), [ 9, 12 ]); # which the index has, by the other pin
is_update('another pin', 1, qr/gw: batch \S+: .*; its old list stays: 10 hashes/, $other);
gateway(10, [ 10, 13 ]);
is_update('the right one again', 0, qr/^gw: renewed: /, $gw, '--now', '--allow-fewer');
is(cursor(), '2026-01-01T00:13:00Z', 'the list was read whole again');

# Whoever was away longer than deletions are listed asks for all.
sub put_state { # edits the text of the state
    my ($edit) = @_;
    local $_ = get("$index.state");
    $edit->();
    put("$index.state", $_);
}
gateway(10, [ 10, 13 ], [ 11, 14 ]);
put_state(sub { s/"cursor": ?"[^"]*"/"cursor": null/ });
forget_requests();
is_update('without a cursor', 0, qr/^gw: renewed: /, $gw, '--now');
is((requests())[0]{headers}{'if-modified-since'}, '2021-06-01T00:00:00Z', 'it asks for all');
is_listed('and what is not listed any more goes', 10, 11);

# ---- killed, and two at once -------------------------------------------------------------------

$before = get($index);
gateway(10, [ 10, 13 ], [ 11, 14 ], [ 12, 15 ], [ 13, 16 ]);
batch($_, $_) for 12, 13;
wrong({ path => batch_path(13), wait => 30 });
forget_requests();
my $pid = in_background($gw);
ok(await_request(batch_path(13)), 'an update is at work');
my $second = in_background(revocations_file('second.conf', { index => $index }, { %gw, every => '1h' }));
for (1 .. 100) {
    last if -e "$home/background" && get("$home/background") =~ /waits/;
    sleep 0.05;
}
like(get("$home/background"), qr/waits for another update of \Q$index\E/, 'a second one waits');
is(get($index), $before, 'meanwhile the index is as it was');
kill 'KILL', $pid; # in mid-fetch
waitpid $pid, 0;
waitpid $second, 0;
is($? >> 8, 0, 'and the second one goes on');
like(get("$home/background"), qr/^gw: renewed: /m, '... to its end');
is(scalar(grep { $_ eq batch_path(12) } asked()), 1, 'a batch that was there is not fetched again');
is_listed('both batches', 10 .. 13);
is_deeply([ staged('gw') ], [], 'and nothing is left lying about');

# At any moment: the index is always whole, and the next run comes to the same end.
for my $n (1 .. ($ENV{HEALTHPASS_LONG} ? 200 : 20)) {
    my @listed = map { [ $_, $n * 10 + $_, ($_ + $n) % 3 == 0 ] } 1 .. 8;
    gateway(3, @listed);
    $pid = in_background($gw);
    sleep rand 0.06;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    is(ctl('revoke', 'status', '--verify', $index)->{status}, 0, 'killed: the index is whole');
}
gateway(3, map { [ $_, 3000 + $_, $_ > 6 ] } 1 .. 8, 10 .. 13);
is_update('after all that', 0, qr/^gw: /, $gw, '--now', '--allow-fewer');
is_listed('what is listed then', map { ($_ * 10, $_ * 10 + 1) } 1 .. 6);
is_deeply([ staged('gw') ], [], 'and nothing is left lying about');

SKIP: {
    my $disk = "$home/disk";
    mkdir $disk;
    skip 'needs a mount', 3 if $> != 0 || system("mount -t tmpfs -o size=64k none $disk 2>/dev/null") != 0;
    my $full = revocations_file('full.conf', { index => "$disk/i" }, \%gw);
    is_update('room enough', 0, qr/^gw: renewed/, $full);
    my $good = get("$disk/i");
    open my $out, '>:raw', "$disk/filler" or die;
    1 while syswrite $out, 'x' x 1024;
    close $out;
    gateway(10, [ 3, 3003 ], [ 9, 3027 ]);
    is_update('no room', 3, qr/No space left on device/, $full, '--now');
    is(get("$disk/i"), $good, 'the old index stays');
    truncate "$disk/filler", (-s "$disk/filler") - 20480;
    served('many', join '', map { "$_\n" } ('0' x 32) x 10000);
    is_update('no room for what comes', 3, qr{/plain/many: cannot be kept: No space left on device},
        revocations_file('full.conf', { index => "$disk/i" }, { name => 'many', from => 'list', url => "$web/plain/many",
            kind => 'uci', allow_unsigned => 'on' }));
    is(get("$disk/i"), $good, 'and stays again');
    system("umount $disk");
}

# ---- a distribution service ----------------------------------------------------------------------

my $kid = 'AAECAwQFBgc=';
my $folder = 'AAECAwQFBgc';

# A Bloom filter that nobody else has; its name.
sub slice {
    my ($words) = @_;
    my $bytes = pack('n C C f> N N N', 1, 3, 0, 1e-12, 10, 2, 8) . pack('N*', map { $words * 8 + $_ } 1 .. 8);
    my $hash = sha256_hex($bytes);
    served("slice-$hash", $bytes);
    return $hash;
}

# A service with these slices: { chunk => [ numbers ] }.
sub service_text {
    my ($etag, %chunks) = @_;
    my $day;
    return $json->encode({ etag => qq("$etag"), lists => [ { kid => $kid, mode => 'POINT', hashTypes => [ 'SIGNATURE' ],
        expires => '2099-01-01T00:00:00Z', lastUpdated => '2026-01-01T00:00:00Z' } ],
        $folder => [ { kid => $kid, id => undef, x => undef, y => undef, lastUpdated => '2026-01-01T00:00:00Z',
            expired => '2099-01-01T00:00:00Z', chunks => { map { my $c = $_; $c => { map {
                (sprintf('2098-01-%02dT00:00:00Z', ++$day) => { type => 'BLOOMFILTER', version => '1', hash => slice($_) })
            } @{ $chunks{$c} } } } sort keys %chunks } } ] });
}
sub service { return served('service.json', service_text(@_)) }

$index = "$home/slices.index";
my %ds = (name => 'ds', from => 'slices', url => "$web/ds", allow_unsigned => 'on');
my $ds = revocations_file('ds.conf', { index => $index }, \%ds);
my $slices = qr{/slices};

sub has_slices {
    my ($what, @numbers) = @_;
    my $bytes = get($index);
    is_deeply([ grep { index($bytes, pack 'N2', $_ * 8 + 1, $_ * 8 + 2) >= 0 } 0 .. 50 ], \@numbers, "$what: are there");
}

service('v1', a => [ 1, 2 ], b => [ 3 ]);
forget_requests();
is_update('a distribution service', 0, qr/^ds: renewed: 0 hashes in 3 batches, of 2026-01-01T00:00:00Z, UNSIGNED LIST$/, $ds);
has_slices('slices', 1, 2, 3);
my @paths = asked();
is_deeply(\@paths, [ '/ds/lists', "/ds/lists/$folder/partitions", "/ds/lists/$folder/partitions/null/chunks/a/slices",
    "/ds/lists/$folder/partitions/null/chunks/b/slices/" . slice(3) ], 'a chunk with several at once, one by its name');
is((requests())[1]{headers}{'if-match'}, '"v1"', 'all of one version');
is((requests())[1]{headers}{'x-slice-filter-type'}, 'BLOOMFILTER', 'and of one kind');

forget_requests();
is_update('not modified', 0, qr/^ds: not changed/, $ds, '--now');
is_deeply([ asked() ], [ '/ds/lists' ], 'is one question');

service('v2', a => [ 1, 2, 4 ], b => [ 5 ]);
forget_requests();
is_update('a new version', 0, qr/^ds: renewed: 0 hashes in 4 batches/, $ds, '--now');
has_slices('its slices', 1, 2, 4, 5);
is_deeply([ map { s/.*$slices//r } grep { /$slices/ } asked() ], [ '/' . slice(4), '/' . slice(5) ],
    'those that are there are not fetched again');
ok(!grep({ $_ eq slice(3) } staged("ds/$folder")), 'and what is in use no more is gone');

service('v3', a => [ 6, 7 ], b => [ 8 ]);
served('service.next', service_text('v4', a => [ 6, 9 ], b => [ 8 ]));
wrong({ path => "/ds/lists/$folder/partitions/null/chunks/a/slices", swap => [ 'service.next', 'service.json' ] });
forget_requests();
is_update('412 in mid-download', 0, qr/^ds: renewed: 0 hashes in 3 batches/, $ds, '--now');
has_slices('the newer slices', 6, 8, 9);
is(scalar(grep { $_ eq '/ds/lists' } asked()), 2, 'it started over');
is(state($index)->{ds}{etag}, '"v4"', 'and the newer version is noted');

$before = get($index);
my @etags = map { "v$_" } 5 .. 9;
service($etags[0], a => [ 10 ]);
served("service.$_", service_text($etags[$_], a => [ 10 ])) for 1 .. 4;
wrong(map { { path => '/ds/lists', swap => [ "service.$_", 'service.json' ] } } 1 .. 4);
forget_requests();
is_update('a version that changes each time', 1, qr/its lists changed each time that they were fetched; its old list stays/, $ds, '--now');
is(scalar(grep { $_ eq '/ds/lists' } asked()), 4, 'is tried three times more');
is(get($index), $before, 'and the index stays');

service('v10', a => [ 11 ]);
served('slice-' . slice(11), 'another content');
$before = get($index);
is_update('a slice with another hash', 1, qr/its lists changed each time/, $ds, '--now');
is(get($index), $before, 'is not taken');
slice(11);
wrong({ path => "/ds/lists/$folder/partitions/null/chunks/a/slices/" . slice(11), cut => 1 });
is_update('a slice that is cut off', 1, qr/bytes remaining|closed/, $ds, '--now');
is_update('the next run', 0, qr/^ds: renewed/, $ds, '--now', '--allow-fewer');
has_slices('what is listed now', 11);
put("$index.fetched/ds/$folder/" . slice(11), 'half wr');
service('v11', a => [ 11, 12 ]);
is_update('a cache that is damaged', 0, qr/^ds: renewed: 0 hashes in 2 batches/, $ds, '--now');
has_slices('is fetched again', 11, 12);

truncate_to("$index.fetched/ds/$folder/left", 9 << 30);
service('v12', a => [ 11, 12, 13 ]);
forget_requests();
is_update('a cache that has grown too large', 0, qr/^ds: renewed: 0 hashes in 3 batches/, $ds, '--now');
is(scalar(grep { m{chunks/a/slices$} } asked()), 1, 'begins anew');
ok(!-e "$index.fetched/ds/$folder/left", 'without what was left there');

my $hashes = revocations_file('hashes.conf', { index => $index }, { %ds, filter => 'hashes' });
forget_requests();
update($hashes);
is((requests())[0]{headers}{'if-none-match'}, undef, 'another kind of filter is due, and asked for whole');
is((requests())[1]{headers}{'x-slice-filter-type'}, 'VARHASHLIST', '... by its name');
for (sub { s/"id":null/"id":"..\/x"/ }, sub { s/"kid":"$kid"(?=[^{}]*"mode")/"kid":"x\/y"/ }, sub { s/"a":/"\/":/ }) {
    local $_ = $_;
    my $edit = $_;
    $_ = service_text('w' . rand, a => [ 11 ]);
    $edit->();
    served('service.json', $_);
    is_update('what would be a path', 1, qr{\Q$web\E/ds: .*(?:id|kid|digit)}, $ds, '--now');
}

# ---- an issuer of SMART Health Cards -------------------------------------------------------------

$index = "$home/shc.index";
my %shc = (name => 'shc', from => 'shc', url => "$web/iss", issuer => 'https://iss.example', allow_unsigned => 'on');
my $shc = revocations_file('shc.conf', { index => $index }, \%shc);
my %thumb = map { $_ => encode_base64url(sha256("key $_")) } 1 .. 3;
my %rids;

sub crl {
    my ($nth, $ctr, @rids) = @_;
    $rids{$nth} = $ctr;
    served("crl-$thumb{$nth}.json", $json->encode({ kid => $thumb{$nth}, method => 'rid', ctr => $ctr, rids => \@rids }));
    return served('jwks.json', $json->encode({ keys => [ { kid => $thumb{3} }, # has no list
        map { { kid => $thumb{$_}, crlVersion => $rids{$_} } } sort keys %rids ] }));
}
sub crl_path { return "/iss/.well-known/crl/$thumb{ $_[0] }.json" }

crl(1, 1, 'aaaa', 'bbbb');
crl(2, 7, 'cccc.1600000000');
is_update('an issuer', 0, qr/^shc: renewed: 3 hashes in \d batches/, $shc);
forget_requests();
is_update('nothing new', 0, qr/^shc: not changed: 3 hashes/, $shc, '--now');
is_deeply([ asked() ], [ '/iss/.well-known/jwks.json' ], 'a ctr that stands is not asked for');
crl(1, 2, 'aaaa', 'bbbb', 'dddd');
forget_requests();
is_update('a newer list', 0, qr/^shc: renewed: 4 hashes/, $shc, '--now');
is_deeply([ asked() ], [ '/iss/.well-known/jwks.json', crl_path(1) ], 'is the only one that is fetched');
$before = get($index);
crl(2, 6, 'cccc', 'eeee');
is_update('an older list', 1, qr/shc: .* key $thumb{'2'} is older than the one before it; its old list stays/, $shc, '--now');
crl(2, 8, 'cccc', 'eeee');
wrong({ path => crl_path(2), cut => 1 });
is_update('one that is cut off', 1, qr/bytes remaining|closed/, $shc, '--now');
is(get($index), $before, 'both leave the index alone');
is_update('and whole', 0, qr/^shc: renewed: 5 hashes/, $shc, '--now');
served('jwks.json', '{"keys":[{"kid":"x"}]}');
is_update('an issuer without lists', 1, qr/has no key with a crlVersion/, $shc, '--now');
served('jwks.json', '{"keys":[{"kid":"../x","crlVersion":1}]}');
is_update('a kid that would be a path', 1, qr/a key whose kid or crlVersion cannot be read/, $shc, '--now');
my $named = revocations_file('named.conf', { index => $index }, { %shc, kid => [ $thumb{1} ] });
forget_requests();
is_update('a kid that is named', 0, qr/^shc: renewed: 3 hashes/, $named, '--allow-fewer');
is_deeply([ asked() ], [ crl_path(1) ], 'needs no key set');

# ---- a plain list ----------------------------------------------------------------------------------

$index = "$home/list.index";
my %list = (name => 'list', from => 'list', url => "$web/list/hashes?token=secret", kind => 'uci', allow_unsigned => 'on');
my $list = revocations_file('list.conf', { index => $index }, \%list);
served('hashes', join "\n", '# mine', map { unpack 'H*', hash($_) } 1 .. 3);
is_update('a plain list', 0, qr/^list: renewed: 3 hashes in 1 batch, UNSIGNED LIST$/, $list);
is_listed('three passes', 1, 2, 3);
is_deeply([ staged('list') ], [], 'and nothing is left lying about');
is_update('not modified', 0, qr/^list: not changed: 3 hashes/, $list, '--now');
$before = get($index);
for ([ 'missing' => qr{/missing: answers 404} ], [ 'plain/hashes' => qr/has more than 40 bytes/, max_size => 40 ],
    [ 'endless' => qr/has more than 1048576 bytes/, max_size => '1M' ], [ 'drip' => qr/timed? ?out/i, timeout => '1s' ],
    [ 'cut/hashes' => qr/bytes remaining|closed/ ], [ 'away?secret' => qr/redirects are not followed/ ],
    [ 'list/none' => qr/Empty|nothing|404/i ]) {
    my ($path, $words, %more) = @$_;
    my $bad = update(revocations_file('bad.conf', { index => $index }, { %list, url => "$web/$path", %more }), '--now');
    is($bad->{status}, 1, "$path: exit 1") or diag "$bad->{out}$bad->{err}";
    like($bad->{err}, $words, '... says so') if $path !~ /none|missing/;
    is(get($index), $before, '... and the index stays');
}
served('hashes', join "\n", map { unpack 'H*', hash($_) } 1 .. 4);
is_update('a new list', 0, qr/^list: renewed: 4 hashes/, $list, '--now');
served('hashes', "nonsense\n");
$r = is_update('a list that is none', 1, qr/list: \S+:1: expected a hash.*its old list stays: 4 hashes/, $list, '--now');
unlike($r->{err}, qr/secret|nonsense/, 'no query and no line is shown');

my @ucis = map { "URN:UVCI:01:UT:$_#X" } 'ABC', 'DEF';
my $uci = revocations_file('uci.conf', { index => "$home/uci.index" },
    { map({ $_ eq 'kind' ? () : ($_ => $list{$_}) } keys %list), name => 'uci', url => "$web/plain/ucis", plain => 'on' });
served('ucis', "# mine\r\n$ucis[0]\r\n$ucis[1]");
wrong({ path => '/plain/ucis', wait => 0 });
is_update('a list of UCIs', 0, qr/^uci: renewed: 2 hashes in 1 batch/, $uci);
ok(index(get("$home/uci.index"), substr sha256($_), 3, 13) >= 0, 'has their hashes') for @ucis;
my $issuer = issuer('signer');
my %dose = (tg => '840539006', vp => '1119349007', mp => 'EU/1/20/1528', ma => 'ORG-100030215', dn => 2, sd => 2,
    dt => '2021-06-01', co => 'UT', is => 'Test');
for ([ $ucis[0], 'revoked', 'revocation' ], [ 'URN:UVCI:01:UT:GHI#X', 'ok', undef ]) {
    my ($id, @verdict) = @$_;
    my $payload = put('dcc.json', $json->encode({ ver => '1.3.0', dob => '1971-02-03',
        nam => { fn => 'P', fnt => 'P', gn => 'E', gnt => 'E' }, v => [ { %dose, ci => $id } ] }));
    my $policy = put('policy.conf', qq(trust = "$issuer->{trust}"; rules = "authentic-only"; revoked = "$home/uci.index";\n));
    chmod 0644, $policy;
    judged('a gate that has the index', @verdict, '--policy', $policy, issue($issuer, '--payload', $payload));
}
served('ucis', "$ucis[0]\n $ucis[1]\n");
$r = is_update('one with a blank', 1, qr{/plain/ucis: line 2: expected a UCI}, $uci, '--now');
unlike("$r->{err}" . get("$home/uci.index.state"), qr/UVCI/, 'and nothing of it is shown');
served('ucis', "$ucis[0]\n" x 2000);
$pid = in_background(revocations_file('slow.conf', { index => "$home/uci.index" },
    { map({ $_ eq 'kind' ? () : ($_ => $list{$_}) } keys %list), name => 'uci', url => "$web/slow/ucis", plain => 'on' }));
sleep 1.5;
kill 'KILL', $pid;
waitpid $pid, 0;
is(system("grep -rq UVCI '$home/uci.index.fetched'") >> 8, 1, 'killed in mid-fetch: no UCI is on the disk');

# ---- ages --------------------------------------------------------------------------------------------

# A list that stands still is taken in again before it would be stale, and not each time.
SKIP: {
    skip 'no preloading beside a sanitizer', 11 if get($ctl) =~ /__asan_init/;
    put('clock.c', <<'C');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int
clock_gettime(clockid_t id, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(id, t);

    if (id == CLOCK_REALTIME)
        t->tv_sec += atol(getenv("HOURS")) * 3600;
    return rc;
}
C
    skip 'needs a compiler', 11 if system($ENV{CC} || 'cc', '-shared', '-fPIC', '-w', '-o', "$home/clock.so", "$home/clock.c") != 0;
    my $later = sub {
        my ($hours, @args) = @_;
        local @ENV{qw(LD_PRELOAD HOURS)} = ("$home/clock.so", $hours);
        return is_update("$hours hours later", @args);
    };
    served('hashes', join "\n", map { unpack 'H*', hash($_) } 1 .. 4);
    is_update('a list', 0, qr/^list: /, $list, '--now', '--allow-fewer');
    my $then = get($index);
    $later->(5, 0, qr/^list: not changed: 4 hashes/, $list);
    is(get($index), $then, 'the index is left alone');
    forget_requests();
    $later->(7, 0, qr/^list: renewed: 4 hashes/, $list);
    isnt(get($index), $then, 'the age of the list is renewed');
    is((requests())[0]{headers}{'if-none-match'}, undef, 'and it was asked for whole');

    service('v20', a => [ 21, 22 ]);
    is_update('a service', 0, qr/^ds: /, $ds, '--now', '--allow-fewer');
    forget_requests();
    $later->(7, 0, qr/^ds: renewed: 0 hashes in 2 batches/, $ds);
    is_deeply([ asked() ], [ '/ds/lists', "/ds/lists/$folder/partitions" ], 'no slice is fetched again');
    crl(1, 9, 'aaaa', 'bbbb');
    is_update('an issuer', 0, qr/^shc: /, $shc, '--now', '--allow-fewer');
    $then = get("$home/shc.index");
    forget_requests();
    $later->(7, 0, qr/^shc: not changed: /, $shc);
    is_deeply([ asked() ], [ '/iss/.well-known/jwks.json' ], 'no list is fetched again');
    isnt(get("$home/shc.index"), $then, 'but its age is renewed');

    local $index = "$home/ages.index";
    my $ages = revocations_file('ages.conf', { index => $index }, \%gw);
    batch($_, $_) for 1, 2;
    gateway(10, [ 1, 1 ], [ 2, 2 ]);
    is_update('a gateway', 0, qr/^gw: renewed: 2 hashes/, $ages);
    $later->(24, 0, qr/^gw: not changed: 2 hashes/, $ages);
    forget_requests();
    gateway(10, [ 2, 2 ]);
    $later->(24 + 8 * 24, 0, qr/^gw: renewed: 1 hash in 1 batch/, $ages);
    is((requests())[0]{headers}{'if-modified-since'}, '2021-06-01T00:00:00Z', 'who was away for long asks for all');
    is_listed('and what was deleted meanwhile goes', 2);
}

# ---- what is not named any more ----------------------------------------------------------------

served('hashes', join "\n", map { unpack 'H*', hash($_) } 1 .. 4);
my $both = revocations_file('both.conf', { index => $index }, \%list, { %list, name => 'more' });
is_update('two lists', 0, qr/^list: .*\nmore: renewed: 4 hashes/m, $both, '--now');
is_update('a list that is not named', 0, qr/\Alist: [^\n]*\n\z/, $list, '--now');
is_update('--prune', 0, qr/^more: taken out: \Q$list\E does not name it$/m, $list, '--prune');
is_listed('the other one', 1 .. 4);
is_deeply([ sort keys %{ state($index) } ], [ 'list' ], 'and nothing is remembered of it');
ok(!-e "$index.fetched/more", 'nor kept');

# ---- whose list, whose server --------------------------------------------------------------------

my $ca = tls_ca('ca');
my $tls = publish_revoked(tls_cert('server', $ca, 'DNS:localhost,IP:127.0.0.1', 2), "$ca.pem");
my ($cert, $key) = tls_cert('client', $ca, 'DNS:client', 2);
$index = "$home/tls.index";
chmod 0600, $key;
my %mine = (%list, url => "https://localhost:$tls/list/hashes");
served('hashes', unpack 'H*', hash(1));
my @tls = ({ index => $index, ca => "$ca.pem" }, { %mine, client_cert => $cert, client_key => $key });
is_update('a server that asks who we are', 0, qr/^list: renewed: 1 hash in 1 batch/, revocations_file('tls.conf', @tls));
is_update('nobody', 1, qr{list: https://localhost:.*; its old list stays}, revocations_file('nobody.conf', $tls[0], \%mine), '--now');
chmod 0644, $key;
is_update('a key that strangers may read', 3, qr/client\.key: .*others|stranger|read/, revocations_file('tls.conf', @tls), '--now');
chmod 0600, $key;

# ---- the file, and what is remembered -------------------------------------------------------------

is_update('a file without lists', 3, qr/revocations: is missing/, feeds_file('feeds.conf', { store => "$home/s" },
    { name => 'x', from => 'jwks', url => "$web/x", issuer => 'https://i.example', allow_unsigned => 'on' }));
my $r2 = ctl('trust', 'update', '--feeds', $gw);
is($r2->{status}, 3, 'and one without feeds is none for trust update');
like($r2->{err}, qr/feeds: is missing/, '... as it says');
usage_error(qr/other: \Q$gw\E names no such list/, 'revoke', 'update', '--feeds', $gw, 'other');
put("$home/broken.index", 'HPREVOK');
forget_requests();
is_update('a broken index', 3, qr/broken\.index: /, revocations_file('broken.conf', { index => "$home/broken.index" }, \%gw));
is(scalar(requests()), 0, 'nobody is asked then');
ok(!-e "$home/broken.index.state.lock", 'and no lock is left');
put("$home/precious", 'stays');
symlink $home, "$home/linked.index.fetched" or die;
is_update('a folder that is a link', 3, qr/fetched: expected a folder/,
    revocations_file('linked.conf', { index => "$home/linked.index" }, \%gw));
ok(-e "$home/precious", 'nothing is swept through it');
mkdir "$home/open.index.fetched";
chmod 0777, "$home/open.index.fetched";
is_update('a folder that others may write', 3, qr/fetched: lets others write/,
    revocations_file('open.conf', { index => "$home/open.index" }, \%gw));

done_testing();
