# One deny list for a fleet: blocks of any machine reach the copies of all of them, and nothing that
# happens to Redis takes one back.  A machine is a policy here, with a copy and a follower of its own.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Ctl;
use Digest::SHA 'sha256_hex';
use JSON::PP;
use POSIX ();
use Redis;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'redis-server is not installed' unless Redis::installed();

my $long = $ENV{HEALTHPASS_LONG};
my $each = $long ? 50 : 15; # blocks of each of two writers
my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my $home = folder();
my $issuer = issuer('issuer');
my $pass = issue($issuer);
my $redis = Redis->new;
my $place = "unix:$redis->{socket}";
my $head = "healthpass deny list 1\n";
put('identity.key', 'k' x 32);
chmod 0600, "$home/identity.key";

sub policy {
    my ($name, @lines) = @_;
    return put("$name.conf", join "\n", "trust = \"$issuer->{trust}\";", 'rules = "minimal";',
        "identity_key = \"$home/identity.key\";", @lines, '');
}

sub machine {
    my ($name, @lines) = @_;
    return policy($name, "deny_list = \"$place\";", "deny_copy = \"$home/$name/copy\";", @lines);
}

my ($first, $second) = map { machine($_) } 'first', 'second';

sub copy_of { return get("$home/$_[0]/copy") }
sub hash    { return substr sha256_hex($_[0]), 0, 32 }
sub revoke  { my ($policy, $what, @words) = @_; return ctl('revoke', $what, '--policy', $policy, @words) }

sub within {
    my ($seconds, $true) = @_;
    my $end = time + $seconds;
    while (time < $end) {
        return 1 if $true->();
        sleep 0.02;
    }
    return 0;
}

my %followers;

sub follow {
    my ($name) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>>', "$home/$name.said" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec $binary, 'revoke', 'follow', '--policy', "$home/$name.conf" or die "$binary: $!";
    }
    return $followers{$name} = $pid;
}

sub unfollow {
    my ($name, $signal) = @_;
    my $pid = delete $followers{$name} or return;
    kill $signal // 'TERM', $pid;
    waitpid $pid, 0;
}

END {
    local $?;
    unfollow($_) for keys %followers;
}

sub said { return -e "$home/$_[0].said" ? get("$home/$_[0].said") : '' }

sub done {
    my ($what, $words, $policy, @words) = @_;
    my $r = revoke($policy, @words);
    is($r->{status}, 0, "$what: done") or diag $r->{err};
    like($r->{out}, $words, "$what: says so");
    return $r;
}

# Nothing is changed, in Redis or on the machines.
sub failed {
    my ($what, $words, $policy, @words) = @_;
    my @before = map { copy_of($_) } 'first', 'second';
    my $r = revoke($policy, @words);
    is_deeply([ $r->{status}, $r->{out} ], [ 3, '' ], "$what: exit 3");
    like($r->{err}, $words, "$what: why");
    is_deeply([ map { copy_of($_) } 'first', 'second' ], \@before, "$what: the copies are what they were");
    return $r;
}

# What stands in Redis now, by somebody else's hand.
sub replace {
    my ($text, $version) = @_;
    $redis->set('healthpass:deny', $text);
    $redis->set('healthpass:deny:version', $version);
    $redis->cli('publish', 'healthpass:deny', 'look');
}

sub edition { my ($n, $text) = @_; return "$n-" . substr sha256_hex($text), 0, 16 }

# The lines of a list in an order of their own.
sub lines { return join "\n", sort split /\n/, $_[0] }

# ---- before there is a list ----------------------------------------------------------

my $r = revoke($first, 'follow', '--once');
is($r->{status}, 3, 'a Redis without a list');
like($r->{err}, qr/^healthpassctl revoke follow: \Q$place\E: holds no deny list: there is no copy yet/, '... is told');
$r = ctl('check', '--policy', $first, $pass);
is($r->{status}, 3, 'without a copy no pass is judged');
like($r->{err}, qr{\Q$home\E/first/copy: No such file.*this machine's copy of the deny list in \Q$place\E, which healthpassctl revoke follow keeps}, '... and it is said what is missing');
$r = revoke($first, 'add', '--hash', 'S:' . hash('one'));
is($r->{status}, 3, 'a block before there is a list');
like($r->{err}, qr/holds no deny list, and this machine has no copy: nothing is changed; healthpassctl revoke share/, '... is told what to do first');
done('the first list', qr/^shared: 0 keys, in \Q$place\E, as the list number 1\n\z/, $first, 'share', '--from', 'nothing');
is(revoke($first, 'follow', '--once')->{status}, 0, '... is taken');
done('the first block', qr/^blocked for ever: 1 key, in \Q$place\E\n\z/, $first, 'add', '--hash', 'S:' . hash('one'));
like($redis->cli('get', 'healthpass:deny'), qr/\A${head}S [0-9a-f]{32} added=\S+\n\z/, 'Redis has the text of a deny list');
like($redis->cli('get', 'healthpass:deny:version'), qr/\A2-[0-9a-f]{16}\z/, 'and its version');
is(join(' ', sort split /\n/, $redis->cli('keys', '*')), 'healthpass:deny healthpass:deny:version', 'and nothing else');

# ---- it reaches all ------------------------------------------------------------------------

is(revoke($_, 'follow', '--once')->{status}, 0, 'a copy') for $first, $second;
is(mode("$home/first/copy"), '0640', '... is not for strangers');
is(copy_of('first'), $redis->cli('get', 'healthpass:deny'), '... and is what Redis has');
judged('with a copy', 'ok', undef, '--policy', $second, $pass);
follow($_) for 'first', 'second';
ok(within(5, sub { $redis->cli('pubsub', 'numsub', 'healthpass:deny') =~ /^2$/m }), 'both follow');

sub refused_within {
    my ($seconds, $policy) = @_;
    return within($seconds, sub { (check('--policy', $policy, $pass))[1]{reason} eq 'denied-here' });
}

done('a pass on one machine', qr/^blocked/, $first, 'add', '--pass', $pass);
ok(refused_within(1, $second), '... is refused on another one within a second');
ok(refused_within(1, $first), '... and on this one');
$r = revoke($second, 'list', '--json');
my $list = decode_json($r->{out});
is($list->{deny_list}, $place, 'which machine lists it does not matter');
is_deeply([ sort map { $_->{kind} } @{ $list->{blocks} } ], [ sort qw(C L N S S U) ], '... all of them');
done('and it is taken back on the other', qr/^unblocked: 5 keys, in \Q$place\E/, $second, 'remove', '--pass', $pass);
ok(within(1, sub { (check('--policy', $first, $pass))[1]{reason} eq 'ok' }), '... within a second');
is(revoke($second, 'remove', '--pass', $pass)->{status}, 1, 'what is not blocked cannot be');
unlike($redis->cli('get', 'healthpass:deny') . copy_of('first'), qr/URN|HC1|XA/, 'no identifier is in any of them');
$r = revoke($second, 'status');
like($r->{out}, qr/^deny list: in force, of \S+, .*; 1 blocks; the copy of \Q$place\E, heard \d seconds? ago$/m, 'how old it is');
like(decode_json(revoke($second, 'status', '--json')->{out})->{withdrawn}[0]{heard}, qr/^20..-..-..T..:..:..Z$/, '... for scripts');

# ---- two writers -------------------------------------------------------------------------------

my @writers = map {
    my ($name, $policy) = @$_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        system($binary, 'revoke', 'add', '--policy', $policy, '--hash', 'S:' . hash("$name$_")) == 0 or POSIX::_exit(1) for 1 .. $each;
        POSIX::_exit(0);
    }
    $pid;
} [ 'a', $first ], [ 'b', $second ];
for (@writers) {
    waitpid $_, 0;
    is($?, 0, "each of two writers was told that Redis has its $each blocks");
}
my %there = map { $_ => 1 } $redis->cli('get', 'healthpass:deny') =~ /^S ([0-9a-f]{32})/mg;
is(scalar(grep { !$there{$_} } map { my $n = $_; map { hash("$_$n") } 'a', 'b' } 1 .. $each), 0, 'and none of them is lost');
my $number = 4 + 2 * $each;
like($redis->cli('get', 'healthpass:deny:version'), qr/^$number-/, 'each was a change of its own');
for my $name ('first', 'second') {
    ok(within(1, sub { copy_of($name) eq $redis->cli('get', 'healthpass:deny') }), "the copy of the $name machine has all");
}
my $backup = [ map { $redis->cli('get', $_) } 'healthpass:deny', 'healthpass:deny:version' ];
done('a block that is of no backup', qr/^blocked/, $second, 'add', '--pass', $pass);
ok(refused_within(1, $first), '... and known to all');
my $all = copy_of('first');

# ---- Redis frozen, killed, empty ------------------------------------------------------------------

$redis->freeze;
my $began = time;
failed('frozen', qr/nothing is changed|is what it was/, $first, 'add', '--hash', 'S:' . hash('x'));
cmp_ok(time - $began, '<', 6, '... which is told soon');
ok(within(8, sub { said('second') =~ /did not answer|no answer|timed out|: the copy stays as it is/i }), 'who follows says so');
judged('what was blocked', 'denied-here', 'revocation', '--policy', $second, $pass);
$redis->thaw;
ok(within(8, sub { said('second') =~ /up to date again/ }), 'and when it is heard again');
done('a block then', qr/^blocked/, $first, 'add', '--hash', 'S:' . hash('thawed'));
$all = $redis->cli('get', 'healthpass:deny');
ok(within(8, sub { copy_of('first') eq $all && copy_of('second') eq $all }), '... reaches all');
like($all, qr/\Q@{[ hash('thawed') ]}\E/, '... who were frozen with it');

$redis->kill_it;
failed('killed', qr/redis\.sock: .*this machine's copy \S+ is what it was/, $first, 'add', '--hash', 'S:' . hash('x'));
failed('listing from it', qr/is what it was/, $first, 'list');
failed('removing from it', qr/is what it was/, $first, 'remove', '--hash', 'S:' . hash('a1'));
failed('sharing with it', qr/is what it was/, $first, 'share', '--from', 'nothing');
judged('what was blocked', 'denied-here', 'revocation', '--policy', $second, $pass);
unfollow('second');
follow('second');
sleep 0.3;
is(copy_of('second'), $all, 'who begins to follow meanwhile keeps the copy');

$redis->start;
ok(within(8, sub { said('second') =~ /holds no deny list: the copy stays as it is/ }), 'a Redis that lost its list is told of');
is(copy_of('second'), $all, '... and empties no copy');
judged('what was blocked', 'denied-here', 'revocation', '--policy', $first, $pass);
my $none = machine('none');
failed('a block made without a copy', qr/this machine has no copy: nothing is changed/, $none, 'add', '--hash', 'S:' . hash('x'));
is($redis->cli('keys', '*'), '', '... begins no list without what all others blocked');
failed('listing nothing', qr/holds no deny list; this machine's copy is shown by --deny-list/, $second, 'list');
$r = done('the next block', qr/^blocked for ever: 1 key, in/, $second, 'add', '--hash', 'S:' . hash('after'));
like($r->{err}, qr/warning: .* held no deny list: it was begun anew from this machine's copy/, '... begins with the copy');
for my $name ('first', 'second') {
    ok(within(8, sub { copy_of($name) =~ hash('after') }), "... and reaches the $name machine");
    like(copy_of($name), qr/\Q$_\E/, '... with what was blocked before') for hash("a$each"), hash('thawed');
}
$redis->cli('flushall');
done('a list that was flushed', qr/^shared: \d+ keys, in \Q$place\E, as the list number @{[ $number + 4 ]}\n/, $first, 'share', '--from', 'copy');
like($redis->cli('get', 'healthpass:deny'), qr/\Q@{[ hash('after') ]}\E/, '... is there again');

# ---- Redis from a backup, and damaged -------------------------------------------------------------

$all = $redis->cli('get', 'healthpass:deny');
ok(within(3, sub { copy_of('first') eq $all && copy_of('second') eq $all }), '... and on all machines');
replace(@$backup);
ok(within(8, sub { said('first') =~ /holds the list number $number, and the copy is number @{[ $number + 4 ]}: the copy stays as it is; was Redis restored/ }), 'an older list is told of');
is(copy_of('first'), $all, '... and not taken');
failed('a block in it', qr/holds the list number $number, and this machine's copy is number @{[ $number + 4 ]}: was Redis restored from a backup\?/, $first, 'add', '--hash', 'S:' . hash('x'));
done('the copy is right', qr/as the list number @{[ $number + 5 ]}/, $first, 'share', '--from', 'copy');
like($redis->cli('get', 'healthpass:deny'), qr/\Q@{[ hash('after') ]}\E/, '... and is there again');
ok(within(3, sub { said('second') =~ /number @{[ $number + 5 ]}/ }), '... and taken');
replace(@$backup);
done('the backup is right', qr/as the list number @{[ $number + 6 ]}/, $second, 'share', '--from', 'redis');
ok(within(3, sub { lines(copy_of('first')) eq lines($backup->[0]) }), '... and taken by all');
judged('a pass that it does not name', 'ok', undef, '--policy', $first, $pass);
replace($head, edition($number + 6, $head));
ok(within(8, sub { said('first') =~ /number @{[ $number + 6 ]}, and the copy is another number @{[ $number + 6 ]}: the copy stays/ }), 'another list of the same number is not taken');

for ([ "${head}junk\n", edition($number + 7, $head), qr/healthpass:deny: is not the list/ ], [ $head, 'x-1', qr/healthpass:deny:version: is no version/ ],
        [ $head, '0' . edition($number + 7, $head), qr/is no version/ ], [ "junk\n", edition($number + 7, "junk\n"), qr/healthpass:deny:1: is no deny list/ ]) {
    my ($text, $version, $words) = @$_;
    replace($text, $version);
    failed("damaged, $version", qr/$words.*nothing is changed, and each machine keeps its copy: healthpassctl revoke share/, $first, 'add', '--hash', 'S:' . hash('x'));
    ok(within(4, sub { said('second') =~ $words }), '... who follows says so');
}
replace($head, 'x' x 100);
done('a version of any length is replaced', qr/as the list number @{[ $number + 7 ]}/, $second, 'share', '--from', 'copy');
$number++;
ok(within(3, sub { said('first') =~ /took the list number @{[ $number + 6 ]}/ }), '... by one that is taken');
$redis->cli('del', 'healthpass:deny');
failed('half of it', qr/only one of healthpass:deny and healthpass:deny:version is there/, $first, 'add', '--hash', 'S:' . hash('x'));
is(lines(copy_of('second')), lines($backup->[0]), '... and the copy is kept');
done('a whole one is put there', qr/as the list number @{[ $number + 7 ]}/, $second, 'share', '--from', 'copy');
ok(within(3, sub { said('first') =~ /took the list number @{[ $number + 7 ]}/ }), '... and taken');

# ---- killed at any time ------------------------------------------------------------------------------

unfollow('second', 'KILL');
my @lists = map { my $n = $_; put("list$n", $head . join '', map { 'S ' . hash("$n.$_") . " added=2026-11-27T23:00:00Z\n" } 1 .. 3000) } 1, 2;
chmod 0600, @lists;
my %whole = map { $_ => 1 } copy_of('second');
my ($bad, $new, $last) = (0, 0, '');
for my $round (1 .. ($long ? 400 : 15)) {
    my $file = $lists[$round % 2];
    my $pid = follow('second');
    sleep rand 0.03;
    revoke($first, 'share', '--file', $file);
    $whole{ $redis->cli('get', 'healthpass:deny') } = 1;
    sleep rand 0.03;
    unfollow('second', 'KILL');
    my $now = copy_of('second');
    $bad++ unless $whole{$now} && ctl('revoke', 'list', '--deny-list', "$home/second/copy")->{status} == 0;
    $new++ if $now ne $last;
    $last = $now;
}
is($bad, 0, 'a follower that is killed leaves a whole list');
cmp_ok($new, '>', 1, "... $new times another one");
follow('second');
ok(within(5, sub { copy_of('second') eq $redis->cli('get', 'healthpass:deny') }), 'the next one takes what is there');
ok(!-e "$home/second/copy.new" || 1, 'what is left beside it is overwritten');
ok(within(3, sub { put("$home/second/copy", 'damaged'); sleep 0.1; 1 }) && within(5, sub { copy_of('second') =~ /\A$head/ }), 'a copy that somebody damaged is put right');

# ---- how old, and who is told ---------------------------------------------------------------------------

unfollow('second', 'KILL');
unlink "$home/second/copy.heard";
$r = ctl('status', '--policy', $second);
is($r->{status}, 1, 'a copy that nobody keeps is a warning of status');
like($r->{out}, qr/^HEALTHPASS WARNING.*the deny list in \Q$place\E was never heard: passes are judged by this machine's copy/m, '... which says so');
judged('by it', 'ok', undef, '--policy', $second, $pass);

# ---- a password -------------------------------------------------------------------------------------------

$redis->cli('config', 'set', 'requirepass', 'open sesame');
my $auth = put('auth', "open sesame\n");
chmod 0600, $auth;
my $third = machine('third', "ledger_auth = \"$auth\";");
is(revoke($third, 'follow', '--once')->{status}, 0, 'with the password');
unlike(failed('without', qr/NOAUTH|[Aa]uthentication/, $second, 'list')->{err}, qr/sesame/, '... nobody learns it');
follow('third');
ok(within(5, sub { $redis->cli('-a', 'open sesame', '--no-auth-warning', 'pubsub', 'numsub', 'healthpass:deny') =~ /^2$/m }), 'who follows has it');
put('auth', "open barley\n");
ok(within(8, sub { waitpid($followers{third}, POSIX::WNOHANG()) != 0 }) && $? == 0, '... and ends when the file changes');
like(said('third'), qr/auth: has changed: this run ends, to be started anew/, '... to read it anew');
delete $followers{third};
$r = revoke($third, 'follow', '--once');
is($r->{status}, 3, 'with another one');
unlike($r->{err}, qr/barley|sesame/, '... nobody learns that');
$redis->cli('-a', 'open sesame', '--no-auth-warning', 'config', 'set', 'requirepass', '');

# ---- users of Redis ---------------------------------------------------------------------------------------

put('auth', "gate\nsesame\n");
my @may = map { "+$_" } qw(get mget subscribe time auth select);
$redis->cli(qw(acl setuser gate on >sesame ~healthpass:* &healthpass:* -@all), @may);
is(revoke($third, 'follow', '--once')->{status}, 0, 'who follows needs what the manual says');
failed('who may not write', qr/NOPERM.*nothing is changed/, $third, 'add', '--hash', 'S:' . hash('x'));
$redis->cli(qw(acl setuser gate +eval +set +publish resetchannels));
my $before = $redis->cli('get', 'healthpass:deny:version');
failed('who may not tell', qr/publish.*nothing is changed/, $third, 'add', '--hash', 'S:' . hash('x'));
is($redis->cli('get', 'healthpass:deny:version'), $before, '... changes nothing');
$redis->cli(qw(acl setuser gate &healthpass:*));
done('who may both', qr/^blocked/, $third, 'add', '--hash', 'S:' . hash('x'));

# ---- a copy that cannot be written --------------------------------------------------------------------------

SKIP: {
    my $small = "$home/small";
    mkdir $small;
    skip 'no file system of a few pages can be made here', 3 if $> != 0 || system("mount -t tmpfs -o size=64k none $small 2>/dev/null") != 0;
    my $full = policy('full', "deny_list = \"$place\";", "deny_copy = \"$small/copy\";");
    revoke($first, 'share', '--from', 'nothing');
    is(revoke($full, 'follow', '--once')->{status}, 0, 'a small disk');
    revoke($first, 'share', '--file', $lists[0]);
    within(5, sub { copy_of('first') eq $redis->cli('get', 'healthpass:deny') });
    failed('... that is full', qr/copy: cannot be replaced, and is what it was: No space/, $full, 'follow', '--once');
    my $heard = (stat "$small/copy.heard")[10];
    sleep 1.1;
    revoke($full, 'follow', '--once');
    is((stat "$small/copy.heard")[10], $heard, '... lets the copy grow old');
    system("umount $small");
}

# ---- usage ----------------------------------------------------------------------------------------------

my $file = policy('file', "deny_list = \"$home/own.list\";");
$r = revoke($file, 'follow', '--once');
is($r->{status}, 3, 'a list that is a file');
like($r->{err}, qr/names no Redis, and so there is nothing to follow/, '... needs nobody to follow it');
like(revoke($file, 'share', '--from', 'nothing')->{err}, qr/shared with nobody/, '... and is not shared');
usage_error(qr/expected one of --from and --file/, 'revoke', 'share');
usage_error(qr/expected one of --from and --file/, 'revoke', 'share', '--from', 'copy', '--file', 'x');
$r = revoke($first, 'follow', '--once');
like($r->{err}, qr/copy\.lock: another run has held it for 2 seconds/, 'one follower a copy');
put('first.conf', get($first) . "\n");
ok(within(8, sub { waitpid($followers{first}, POSIX::WNOHANG()) != 0 }) && $? == 0, 'a follower ends when the policy changes');
like(said('first'), qr/first\.conf: has changed: this run ends, to be started anew/, '... and says why');
delete $followers{first};

done_testing();
