# Redis is killed, frozen, slow, flushed and restarted while passes are shown: no worker waits for
# it, the policy of the location is followed, and it counts again without a reload.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use HP::Redis;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = hp_dir();
my $redis = HP::Redis->new(HP::Server::free_port(), '--enable-debug-command', 'yes');
my $policy = hp_policy('fleet', qq(ledger = "unix:$redis->{socket}";));
my $nginx = HP::Server->new(
    workers => 2,
    http => "healthpass_policy $policy; healthpass_refresh 100ms; healthpass_zone uses 1m;",
    server => <<'_EOC_',
        location /open { empty_gif; }
        location /closed {
            healthpass_verify on;
            healthpass_reuse limit=3 window=1h by=$arg_by action=refuse fail=closed;
            proxy_pass http://venue;
        }
        location /let-in {
            healthpass_verify on;
            healthpass_reuse limit=3 window=1h by=$arg_by action=refuse fail=open;
            proxy_pass http://venue;
        }
_EOC_
)->start;

sub show { return scalar $nginx->get($_[0], headers => [ hp_header($_[1] // 'good') ]) }

# Asked until the answer is the expected one from both workers.
sub becomes {
    my ($path, $status, $what) = @_;
    my $row = 0;
    ok($nginx->wait_for(sub { ($row = show($path) == $status ? $row + 1 : 0) == 10 }, 10), $what);
}

# Somebody shows passes all the time, another one asks for what is open to all: that one's longest
# wait in seconds, and how many were answered.
sub load {
    my ($do) = @_;
    my @pids;
    for my $path (qw(/closed?by=load /let-in?by=load)) {
        my $pid = fork // die $!;
        if ($pid == 0) {
            while (1) { show($path); sleep 0.005 }
        }
        push @pids, $pid;
    }
    pipe my $read, my $write or die $!;
    my $pid = fork // die $!;
    if ($pid == 0) {
        my ($longest, $n, $going) = (0, 0, 1);
        local $SIG{TERM} = sub { $going = 0 };
        while ($going) {
            my $start = time;
            $n++ if $nginx->get('/open') == 200;
            my $took = time - $start;
            $longest = $took if $took > $longest;
            sleep 0.005;
        }
        print $write "$longest $n\n";
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    $do->();
    kill 'KILL', @pids;
    kill 'TERM', $pid;
    my ($longest, $n) = split ' ', <$read> // '0 0';
    waitpid $_, 0 for @pids, $pid;
    return ($longest, $n);
}

# What a worker that waited would not have done: Redis is away for longer than that.
use constant AWAY => 1.5;

sub others_are_answered {
    my ($what, $do) = @_;
    my ($longest, $n) = load($do);
    cmp_ok($longest, '<', AWAY - 0.5, "$what: no worker waits");
    cmp_ok($n, '>', 20, "$what: others are answered throughout");
}

sub told { return $nginx->count('the ledger does not count') }

is(show('/closed?by=one'), 200, 'Redis is there');
is(told(), 0, 'nothing is told');

# ---- frozen ------------------------------------------------------------------------------

others_are_answered('frozen', sub {
    $redis->signal('STOP');
    sleep 0.1;
    my $start = time;
    is(show('/closed?by=one'), 503, 'frozen: fail=closed');
    is(show('/let-in?by=anybody'), 200, 'frozen: fail=open');
    cmp_ok(time - $start, '<', AWAY, 'frozen: in time');
    show("/closed?by=frozen-$_", 'child') for 1 .. 5;
    sleep AWAY;
    $start = time;
    show('/closed?by=one') for 1 .. 10;
    cmp_ok(time - $start, '<', AWAY, 'frozen: once it is known, at once');
    $redis->signal('CONT');
    becomes('/closed?by=one', 200, 'thawed: it counts again');
});
is(show("/closed?by=new-$_", 'child'), 200, 'what was asked in vain is no use') for 1 .. 3;
is(show('/closed?by=new-4', 'child'), 403, 'and the limit holds');
my $told = told();
ok($told >= 1 && $told <= 2, 'each worker says it once') or diag $told;

# ---- slow --------------------------------------------------------------------------------

others_are_answered('slow', sub {
    my $pid = fork // die $!;
    if ($pid == 0) {
        $redis->ask('DEBUG', 'SLEEP', AWAY);
        POSIX::_exit(0);
    }
    sleep 0.1;
    is(show('/closed?by=one'), 503, 'slow: fail=closed');
    is(show('/let-in?by=one'), 200, 'slow: fail=open');
    waitpid $pid, 0;
    becomes('/closed?by=one', 200, 'slow no longer: it counts again');
});

# ---- killed and restarted ------------------------------------------------------------------

others_are_answered('killed', sub {
    $redis->kill_it;
    sleep 0.1;
    is(show('/closed?by=one'), 503, 'killed: fail=closed');
    is_deeply([ map { show("/let-in?by=local-$_", 'recovered') } 1 .. 4 ], [ 200, 200, 200, 403 ],
        'killed: fail=open counts in the zone of the node');
    sleep AWAY;
    $redis->start;
    becomes('/closed?by=one', 200, 'started: it counts again');
});
is(show("/closed?by=$_"), 200, "started: $_") for qw(one two);

# ---- flushed -------------------------------------------------------------------------------

others_are_answered('flushed', sub {
    for (1 .. 5) {
        $redis->ask('FLUSHALL');
        $redis->ask('SCRIPT', 'FLUSH');
        is(show('/closed?by=one'), 200, 'flushed: counted anew');
    }
    sleep 0.3;
});

# ---- no room, and read only ------------------------------------------------------------------

$redis->ask('CONFIG', 'SET', 'maxmemory', '1');
is(show('/closed?by=one'), 503, 'no room: fail=closed');
is(show('/let-in?by=one'), 200, 'no room: fail=open');
cmp_ok($nginx->count('does not count: .*OOM'), '>', 0, 'no room: the log says why');
$redis->ask('CONFIG', 'SET', 'maxmemory', '0');
is(show('/closed?by=one'), 200, 'room again');
$redis->ask('REPLICAOF', '127.0.0.1', '1');
is(show('/closed?by=one'), 503, 'a replica: fail=closed');
cmp_ok($nginx->count('does not count: .*READONLY'), '>', 0, 'a replica: the log says why');
$redis->ask('REPLICAOF', 'NO', 'ONE');
is(show('/closed?by=one'), 200, 'the master again');

# ---- another place -----------------------------------------------------------------------------

my $other = HP::Redis->new(HP::Server::free_port());
hp_policy('fleet', qq(ledger = "redis://127.0.0.1:$other->{port}/2";));
ok($nginx->wait_for(sub { show('/closed?by=one') == 200 && grep { /^db2/ } split /\n/, $other->ask('INFO', 'keyspace') }),
    'a changed place is taken up without a reload');
ok($nginx->wait_for(sub { my @clients = split /\n/, $redis->ask('CLIENT', 'LIST'); @clients == 1 }),
    'and the connections to the old one are closed');

# ---- who does not wait ---------------------------------------------------------------------------

$other->signal('STOP');
for (1 .. 20) {
    my $socket = $nginx->connect;
    print $socket "GET /closed?by=gone-$_ HTTP/1.1\r\nHost: localhost\r\n" . hp_header('recovered') =~ s/\n/\r\n/r . "\r\n";
    $socket->flush;
    close $socket;
}
$other->signal('CONT');
becomes('/closed?by=one', 200, 'it counts again');
is(show("/closed?by=stays-$_", 'recovered'), 200, 'who left has used nothing') for 1 .. 3;

# ---- the end --------------------------------------------------------------------------------------

$other->signal('STOP');
ok($nginx->reload, 'a reload while it is frozen');
is(show('/closed?by=one'), 503, 'policy is followed behind it');
$other->signal('CONT');
becomes('/closed?by=one', 200, 'it counts again');
$other->signal('STOP');
is($nginx->stop, 0, 'nginx ends while Redis is frozen');
is($nginx->count('\[alert\]|\[crit\]|\[emerg\]'), 0, 'and had nothing to complain of');
done_testing;
