# healthpassctl trust update: lists are fetched when they are due; whatever is wrong with one
# of them leaves its old list in place, and the others alone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Feeder;
use Test::More;
use Time::HiRes qw(sleep time);

my $home = folder();
my $port = publish();
my $web = "http://127.0.0.1:$port";
my $store = "$home/trust.store";

run_quietly("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes -days 9 -subj /CN=$_"
    . " -keyout $home/$_.key -out $home/$_.pem") for qw(vci other);
my %jwks = (name => 'mine', from => 'jwks', issuer => 'https://i.example', allow_unsigned => 'on');
my %vci = (name => 'vci', from => 'vci', url => "$web/list/vci.json", signature_url => "$web/list/vci.sig",
           pin => "$home/vci.pem");

sub update {
    my ($feeds, @args) = @_;
    my $r = ctl('trust', 'update', '--feeds', $feeds, @args);
    unlike($r->{err}, qr/\r|\e/, 'no progress line where nobody watches');
    return $r;
}

sub is_update {
    my ($what, $status, $words, @args) = @_;
    my $r = update(@args);
    is($r->{status}, $status, "$what: exit $status") or diag "$r->{out}$r->{err}";
    like("$r->{out}$r->{err}", $words, "$what: says so");
    return $r;
}

sub seconds { # of an RFC 3339 time
    my ($text) = @_;
    require Time::Local;
    my ($y, $m, $d, $h, $min, $s) = $text =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)Z$/ or die "no time: $text";
    return Time::Local::timegm($s, $min, $h, $d, $m - 1, $y);
}

sub put_state { # edits the text of the state
    my ($edit) = @_;
    local $_ = get("$store.state");
    $edit->();
    put("$store.state", $_);
}

# ---- from nothing to a renewed store ---------------------------------------------------------

served('mine.json', jwks(0, 1));
snapshot('vci', "$home/vci.key", time() - 3600, 2, 3, 4);
my $feeds = feeds_file('feeds.conf', { store => $store }, { %jwks, url => "$web/list/mine.json" }, \%vci);
my $start = time;
my $r = is_update('from nothing', 0, qr/^mine: renewed: 2 keys, of .*\nvci: renewed: 3 keys, of /, $feeds);
is($r->{err}, '', 'and nothing to complain of');
my $have = sources($store);
is_deeply([ map { $have->{$_}{keys} } qw(mine vci) ], [ 2, 3 ], 'both lists are in the store');
is(mode($store), '0644', 'which gates may read');
my $state = state($store);
for my $name (qw(mine vci)) {
    my $delay = seconds($state->{$name}{due}) - $start;
    ok($delay > 0.9 * 6 * 3600 - 2 && $delay < 1.1 * 6 * 3600 + 9, "$name is due in six hours, about: $delay s");
    is($state->{$name}{error}, undef, 'no error is noted');
}
my %seen = map { $_->{path} => $_->{headers} } requests();
like($seen{'/list/mine.json'}{'user-agent'}, qr{^healthpassctl/\d+\.\d+\.\d+$}, 'it says who it is');
is($seen{'/list/mine.json'}{'accept-encoding'}, 'gzip', 'and that it unpacks');
is($seen{'/list/mine.json'}{'if-none-match'}, undef, 'and had no list before');

forget_requests();
is_update('at once again', 0, qr/^nothing is due before \d{4}-\S+Z; --now fetches all the same$/, $feeds);
is(scalar(requests()), 0, 'asks nobody');

# ---- not modified ----------------------------------------------------------------------------

sleep 1.1; # times are whole seconds
is_update('not modified', 0, qr/^mine: not changed: 2 keys, of .*\nvci: not changed: 3 keys/, $feeds, '--now');
is_deeply([ map { $_->{path} } requests() ], [ '/list/mine.json', '/list/vci.json' ], 'the signature is not asked for');
is((requests())[1]{headers}{'if-none-match'}, state($store)->{vci}{etag}, 'it names the list that it has');
my $now = sources($store);
cmp_ok(seconds($now->{mine}{dated}), '>', seconds($have->{mine}{dated}), 'a list without a time is as old as its last fetch');
is($now->{vci}{dated}, $have->{vci}{dated}, 'one with a time as old as it says');
cmp_ok(seconds(state($store)->{vci}{succeeded}), '>', seconds($state->{vci}{succeeded}), 'that it was there is noted');

forget_requests();
my $dated = feeds_file('dated.conf', { store => $store }, { %jwks, url => "$web/dated/mine.json" });
is_update('another url', 0, qr/^mine: renewed/, $dated);
is((requests())[0]{headers}{'if-none-match'}, undef, 'is due, and has nothing to be compared with');
forget_requests();
is_update('a server without ETag', 0, qr/^mine: not changed/, $dated, '--now');
like((requests())[0]{headers}{'if-modified-since'}, qr/ GMT$/, 'has a date');

served('mine.json', jwks(0, 1, 5));
is_update('a new list', 0, qr/^mine: renewed: 3 keys.*\nvci: /, $feeds, '--now');
is(sources($store)->{mine}{keys}, 3, 'is in the store');

is_update('one by name', 0, qr/\Amine: not changed: 3 keys[^\n]*\n\z/, $feeds, '--now', 'mine');
usage_error(qr/other: \Q$feeds\E names no such feed/, 'trust', 'update', '--feeds', $feeds, 'other');
unlink $store;
is_update('a store that is gone', 0, qr/mine: renewed.*\nvci: renewed/, $feeds);

# ---- what servers do ------------------------------------------------------------------------

my @bad = ( # path, what is said of it
    [ 'code/404' => qr/answers 404, expected 200/ ],
    [ 'code/500' => qr/answers 500/ ],
    [ 'code/206' => qr/answers 206/ ],
    [ 'same' => qr/answers 304/ ],
    [ 'away?token=secret' => qr{/away: answers 302 and leads to https://elsewhere\.example/list: redirects are not} ],
    [ 'around/mine.json' => qr{answers 301 and leads to \Q$web\E/plain/mine.json: redirects are not} ],
    [ 'endless' => qr/has more than 16777216 bytes/ ],
    [ 'huge' => qr/has more than 16777216 bytes/ ],
    [ 'hidden' => qr/has more than 16777216 bytes/ ],
    [ 'bomb' => qr/has more than 16777216 bytes/ ],
    [ 'plain/bad.json?token=secret' => qr/no key/ ],
    [ 'liar' => qr/line 1|JSON|keys|unexpected|end of file/i ],
    [ 'cut/mine.json' => qr/bytes remaining|closed/ ],
    [ 'heads' => qr/sends more than 65536 bytes of headers/ ],
    [ 'nothing' => qr/[Ee]mpty reply/ ],
    [ 'slow/mine.json' => qr/timed? ?out/i, timeout => '1s' ],
    [ 'drip' => qr/timed? ?out/i, timeout => '1s' ],
    [ 'plain/mine.json' => qr/has more than 100 bytes/, max_size => 100 ],
    [ 'packed/mine.json' => qr/has more than 400 bytes/, max_size => 400 ],
);
served('bad.json', '{"keys":[]}');
my @names = map { "f$_" } 0 .. $#bad;
my $many = "$home/many.store";
$r = is_update('many feeds', 0, qr/f0: renewed/, feeds_file('good.conf', { store => $many },
    (map { { %jwks, name => $_, url => "$web/packed/mine.json" } } @names, 'last')));
cmp_ok(scalar(() = get("$home/web/mine.json") =~ /./g), '>', 400, 'a list that packs well');
my @wrong = map { my ($path, undef, %more) = @{ $bad[$_] };
    +{ %jwks, name => $names[$_], url => "$web/$path", %more } } 0 .. $#bad;
$start = time;
$r = is_update('every one but the last is wrong', 1, qr/^last: renewed: 3 keys/m,
    feeds_file('bad.conf', { store => $many }, @wrong, { %jwks, name => 'last', url => "$web/list/mine.json" }), '--now');
cmp_ok(time - $start, '<', 30, 'within bounds of time');
for my $i (0 .. $#bad) {
    my ($said) = $r->{err} =~ /update: f$i: (.*)/;
    like($said, $bad[$i][1], "$bad[$i][0]: is refused");
    like($said, qr/; its old list stays: 3 keys$/, '... and the old list stays');
}
unlike($r->{err}, qr/secret/, 'no query is shown');
is_deeply([ map { $_->{keys} } @{ sources($many) }{ @names, 'last' } ], [ (3) x (@names + 1) ], 'all keys are there');
$state = state($many)->{f0};
like($state->{error}, qr/answers 404/, 'the error is noted');
my $delay = seconds($state->{due}) - $start;
ok($delay > 0.9 * 1800 - 2 && $delay < 1.1 * 1800 + 30, "and the next try is in half an hour, about: $delay s");
is_update('no server', 1, qr/the store has no list of it/,
    feeds_file('down.conf', { store => "$home/down.store" }, { %jwks, url => 'http://127.0.0.1:1/' }));
ok(!-e "$home/down.store", 'and no store is made');

forget_requests();
my $cookie = feeds_file('cookie.conf', { store => "$home/cookie.store" }, { %jwks, url => "$web/cookie/mine.json" },
    { %jwks, name => 'two', url => "$web/cookie/mine.json" });
is_update('cookies', 0, qr/renewed/, $cookie);
ok(!grep({ exists $_->{headers}{cookie} } requests()), 'are not kept');

# ---- who signs -------------------------------------------------------------------------------

is_update('another pin', 1, qr/^\S+ trust update: vci: .*its old list stays: 3 keys/m,
    feeds_file('pin.conf', { store => $store }, { %vci, pin => [ "$home/other.pem" ] }, { %jwks, url => "$web/list/mine.json" }));
forget_requests();
is_update('the right one again', 0, qr/^vci: renewed/m, $feeds);
is((requests())[-2]{headers}{'if-none-match'}, undef, 'is due at once, and the list is read anew');
is_update('no pin', 1, qr/vci: /, feeds_file('nopin.conf', { store => "$home/nopin.store" },
    { map { $_ eq 'pin' ? () : ($_ => $vci{$_}) } keys %vci }));
is_update('a signature that is not there', 1, qr{vci: \Q$web\E/code/404: answers 404.*old list stays: 3},
    feeds_file('nosig.conf', { store => $store }, { %vci, signature_url => "$web/code/404" }));
is_update('and again', 0, qr/^vci: renewed/m, $feeds);
snapshot('vci', "$home/vci.key", time() - 7200, 2, 3, 4);
is_update('an older list', 1, qr/vci: .*old list stays: 3/, $feeds, '--now');
snapshot('vci', "$home/vci.key", time() - 200, 2);
is_update('a shrunken list', 1, qr/vci: .*old list stays: 3/, $feeds, '--now');
snapshot('vci', "$home/vci.key", time() - 150, 2, 3, 4, 5);
is_update('the next one', 0, qr/^vci: renewed: 4 keys/m, $feeds, '--now');

$r = is_update('a publisher who stands still', 0, qr/^vci: renewed.*\n.*update: warning: vci: the list is \S+ minutes? old, and stale after 60 seconds/m,
    feeds_file('stale.conf', { store => "$home/stale.store" }, { %vci, max_age => '1m' }));
is(sources("$home/stale.store")->{vci}{max_age}, 60, 'and the store knows when it is stale');
is(sources("$home/stale.store")->{vci}{status}, 'stale', 'which it is');

chmod 0666, "$home/other.pem";
is_update('a pin that others may write', 3, qr/other\.pem: mode 0666 lets others write/,
    feeds_file('pin.conf', { store => $store }, { %vci, pin => [ "$home/vci.pem", "$home/other.pem" ] }));
mkdir "$home/open.scas";
put('open.scas/a.pem', get("$home/vci.pem"));
chmod 0777, "$home/open.scas";
is_update('a folder of authorities that others may write', 3, qr/open\.scas: lets others write/,
    feeds_file('open.conf', { store => $store }, { name => 'open', from => 'gdhcn', url => "$web/none.json",
        authorities => "$home/open.scas" }));
is_update('a pin that is not there', 3, qr{vci: /nowhere: No such file.*\n(?s:.*)}, # the other feed is renewed
    feeds_file('pin.conf', { store => $store }, { %vci, pin => '/nowhere' }, { %jwks, url => "$web/plain/mine.json" }), '--now');
is(state($store)->{mine}{error}, undef, 'and harms no other feed');
is_update('all is well again', 0, qr/^vci: renewed/m, $feeds);
is_update('another environment', 1, qr/keys of prod/, feeds_file('dev.conf', { store => $store, environment => 'dev' },
    { %jwks, url => "$web/list/mine.json" }), '--now');

# A list that came in by hand meanwhile is not the one that the server speaks of.
my $by_hand = put('by-hand.json', jwks(0, 1, 2));
is(ctl('trust', 'import', '--from', 'jwks', '--issuer', 'https://i.example', '--unsigned', 'jwks', '--name', 'mine',
    $by_hand, '-o', $store)->{status}, 0, 'a list by hand');
is_update('and then the feed', 0, qr/^mine: renewed/m, $feeds, '--now');

# ---- files of this machine -------------------------------------------------------------------

my $file = put('local.json', jwks(0, 1, 2));
chmod 0644, $file;
for my $url ($file, "file://$file") {
    is_update($url, 0, qr/^local: renewed: 3 keys/, feeds_file('local.conf', { store => $store },
        { %jwks, name => 'local', url => $url }), '--now');
}
my $local = "$home/local.conf";
chmod 0666, $file;
is_update('an unsigned file that others may write', 1, qr/local: .*mode 0666 lets others write.*stays: 3/, $local, '--now');
chmod 0644, $file;
symlink $file, "$home/link.json";
is_update('a link', 1, qr/is a symbolic link/, feeds_file('link.conf', { store => $store },
    { %jwks, name => 'local', url => "$home/link.json" }), '--now');
unlink $file;
is_update('a file that is gone', 1, qr/No such file.*stays: 3/, $local, '--now');

is_update('what nobody signed', 0, qr/^mine: .*, UNSIGNED LIST\nvci: [^\n]*Z\n/m, $feeds, '--now');
my $issuer = issuer('signers');
my $folder = feeds_file('folder.conf', { store => "$home/folder.store" },
    { name => 'partners', from => 'folder', url => $issuer->{trust}, allow_unsigned => 'on' });
is_update('a folder', 0, qr/^partners: renewed: 1 key, of /, $folder);
judged('its key', 'ok', undef, '--trust', "$home/folder.store", issue($issuer));

# ---- several files ---------------------------------------------------------------------------

for my $land ('UT', 'AQ') {
    run_quietly("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /C=$land/CN=CSCA"
        . " -addext keyUsage=critical,keyCertSign,cRLSign -keyout $home/$land.key -out $home/$land.pem");
    served("$land.pem", get("$home/$land.pem"));
}
my $several = feeds_file('several.conf', { store => "$home/several.store" }, { name => 'states', from => 'csca',
    url => [ "$web/list/UT.pem", "$web/list/AQ.pem" ], allow_unsigned => 'on' });
is_update('a list of two files', 0, qr/^states: renewed: 0 keys, 2 authorities, of \S+Z, UNSIGNED LIST$/m, $several);
forget_requests();
is_update('and again', 0, qr/^states: renewed: 0 keys, 2 authorities, of \S+Z, UNSIGNED LIST$/m, $several, '--now');
is_deeply([ map { exists $_->{headers}{'if-none-match'} ? 1 : 0 } requests() ], [ 0, 0 ], 'both are asked for as they are');
unlink "$home/web/AQ.pem";
is_update('one of them is gone', 1, qr/states: .*old list stays: 0 keys, 2 authorities$/, $several, '--now');

# ---- what is not named any more ----------------------------------------------------------------

ok(sources($store)->{local}, 'a list that the feeds file does not name stays');
is_update('--prune', 0, qr/^local: taken out, with 3 keys: \Q$feeds\E does not name it$/m, $feeds, '--prune');
is_deeply([ sort keys %{ sources($store) } ], [ 'mine', 'vci' ], 'takes it out');
is_deeply([ sort keys %{ state($store) } ], [ 'mine', 'vci' ], 'and nothing is remembered of it');

# ---- what is remembered ------------------------------------------------------------------------

for my $wrong ('{', '[]', '{"feeds":7}', '{"feeds":{"mine":7,"x":{"due":"soon"}}}', "\0", '') {
    put("$store.state", $wrong);
    is_update("a state of '$wrong'", 0, qr/^mine: renewed.*\nvci: renewed/m, $feeds);
    ok(state($store)->{vci}{due}, 'and it is whole again');
}
put("$store.state", '{');
like(update($feeds)->{err}, qr/\Q$store\E\.state: .*; all feeds are due$/m, 'a broken one is told of');
put_state(sub { s/"due": ?"20\d\d/"due": "2099/g });
is_update('a due time that a wrong clock set', 0, qr/^mine: not changed/m, $feeds);
put_state(sub { s/"due": ?"20\d\d/"due": "2001/g });
is_update('once it is due', 0, qr/^mine: not changed.*\nvci: not changed/m, $feeds);
unlink "$store.state";
is_update('without it', 0, qr/^mine: renewed/m, $feeds);

# ---- two at once, and killed ---------------------------------------------------------------------

my $slow = feeds_file('slow.conf', { store => $store }, { %jwks, url => "$web/plain/mine.json" },
    { %jwks, name => 'slow', url => "$web/drip", timeout => '2s' });

sub in_background {
    my (@args) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$home/background" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec $ENV{HEALTHPASSCTL} || 'build/healthpassctl', 'trust', 'update', @args or die;
    }
    return $pid;
}

sub await { # until the background run is at its slow feed
    my ($words) = @_;
    for (1 .. 100) {
        return 1 if -e "$home/background" && get("$home/background") =~ $words;
        sleep 0.05;
    }
    return 0;
}

my $pid = in_background('--feeds', $slow, '--now');
ok(await(qr/^mine: renewed/m), 'one update is at work');
$r = update($slow);
like($r->{err}, qr/waits for another update of \Q$store\E/, 'a second one waits');
like($r->{out}, qr/^nothing is due before/m, 'and finds nothing to do');
waitpid $pid, 0;
is($? >> 8, 1, 'the first one ends as it would have');

my $before = get($store);
unlink "$home/background";
$pid = in_background('--feeds', $slow, '--now');
ok(await(qr/^mine: renewed/m), 'again, at work');
$before = get($store);
kill 'KILL', $pid;
waitpid $pid, 0;
is(get($store), $before, 'killed in the middle: the store is whole');
ok(state($store)->{mine}{succeeded}, 'and so is what it remembered');
put("$store.new", 'left by a killed run');
is_update('the next run', 0, qr/^mine: /m, $feeds, '--now');
ok(!-e "$store.new", 'and nothing is left lying about');

# ---- the disk, and our own files ------------------------------------------------------------------

SKIP: {
    my $disk = "$home/disk";
    mkdir $disk;
    skip 'needs a mount', 7 if $> != 0 || system("mount -t tmpfs -o size=16k none $disk 2>/dev/null") != 0;
    my $full = feeds_file('full.conf', { store => "$disk/trust.store" }, { %jwks, url => "$web/plain/mine.json" });
    is_update('room enough', 0, qr/^mine: renewed: 3 keys/, $full);
    my $good = get("$disk/trust.store");
    my $filler = 0;
    open my $out, '>:raw', "$disk/filler" or die;
    $filler++ while $filler < 16 && syswrite $out, 'x' x 1024;
    close $out;
    served('mine.json', jwks(0 .. 9));
    is_update('no room', 3, qr/No space left on device/, $full, '--now');
    is(get("$disk/trust.store"), $good, 'the old store stays');
    system("umount $disk");
}
SKIP: {
    my $limited = feeds_file('limited.conf', { store => "$home/limited.store" }, { %jwks, url => "$web/plain/mine.json" });
    served('mine.json', jwks(0, 1, 2));
    is_update('without a limit', 0, qr/^mine: renewed: 3 keys/, $limited);
    my $good = get("$home/limited.store");
    served('mine.json', jwks(0 .. 9));
    my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
    my $said = `bash -c "ulimit -f 1; '$ctl' trust update --now --feeds '$limited'" 2>&1`;
    is($? >> 8, 3, 'a limit on the size of files: exit 3') or diag $said;
    like($said, qr/File too large/, 'says so');
    is(get("$home/limited.store"), $good, 'the old store stays');
}
my $nowhere = feeds_file('nowhere.conf', { store => "$home/no/folder/trust.store" }, { %jwks, url => "$web/plain/mine.json" });
is_update('a folder that is not there', 3, qr/No such file/, $nowhere);
put("$home/broken.store", 'HPTRUST');
forget_requests();
is_update('a broken store', 3, qr/broken\.store: /, feeds_file('broken.conf', { store => "$home/broken.store" },
    { %jwks, url => "$web/plain/mine.json" }));
is(scalar(requests()), 0, 'nobody is asked then');
ok(!-e "$home/broken.store.state.lock", 'and no lock is left');
is_update("the issuer $_", 3, qr/issuer\.conf:\d+: .*expected the issuer's URL as in its cards/,
    feeds_file('issuer.conf', { store => $store }, { %jwks, url => "$web/plain/mine.json", issuer => $_ }))
    for 'http://i.example', 'https://', 'https://me@i.example', 'https://i.example/a/../b', 'https://i.example/';
chmod 0666, $feeds;
is_update('a feeds file that others may write', 3, qr/lets others write/, $feeds);
chmod 0644, $feeds;
is_update('no feeds file', 3, qr{/nowhere: No such file}, '/nowhere');
is_update('a wrong feeds file', 3, qr/wrong\.conf:2: sotre: is no key of a feeds file/, put('wrong.conf', "\nsotre = 1;\n"));

# ---- a terminal ------------------------------------------------------------------------------------

my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $watched = `python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' '$ctl' trust update --now --feeds '$slow' 2>&1 </dev/null`;
like($watched, qr/\rslow: 0\.0 of 0\.0 MB \e\[K/, 'a terminal sees how far it is');
like($watched, qr/\r\e\[K[^\r]*slow: .*old list|\r\e\[Khealthpassctl trust update: slow: /, 'and the line goes when it is done');

done_testing();
