# Withdrawn passes at the web's door: refused like any other, logged as what they are, within a
# second, across reloads; and what happens when lists are missing, damaged or replaced under load.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant SWAPS => $ENV{HEALTHPASS_LONG} ? 1000 : 60;
use constant { EVERY => 0.05, GROWTH => 2048, WORKERS => 2 };

plan skip_all => 'wrk is not installed' if system('command -v wrk >/dev/null') != 0;

my $dir = hp_dir();
my $deny = "$dir/deny.list";
my $index = "$dir/revoked.index";

sub revoke { return hp_ctl('revoke', @_) }
sub add    { return revoke('add', '--deny-list', $deny, '--policy', "$dir/listed.conf", @_) }
sub pass_file { return hp_write("$dir/$_[0].txt", hp_pass($_[0]) . "\n") }


# An index with these hashes, in place of the one that is there.
sub build {
    my ($name, @hashes) = @_;
    my $list = hp_write("$dir/list.txt", join('', map { "$_\n" } @hashes));
    revoke('build', '--from', 'list', '--name', $name, '--unsigned', 'list', '--kind', 'signature',
        '--allow-fewer', $list, '-o', $index);
    chmod 0644, $index;
}

# The hash that lists name a pass by: as the deny list has it.
sub signature_hash {
    my ($name) = @_;
    my $file = "$dir/hash.list";
    unlink $file;
    revoke('add', '--deny-list', $file, '--policy', "$dir/listed.conf", '--token-only', '--pass', pass_file($name));
    return (HP::Server::slurp($file) =~ /^S ([0-9a-f]{32})/m)[0];
}

hp_write($deny, "healthpass deny list 1\n");
hp_policy('listed', "deny_list = \"$deny\";");
my $hash = signature_hash('child');
like($hash, qr/^[0-9a-f]{32}$/, 'what a pass is listed under');
build('house', $hash);
hp_policy('listed', "deny_list = \"$deny\";", "revoked = \"$index\";", 'revoked_required = "house";');

my $nginx = HP::Server->new(
    workers => WORKERS,
    worker_user => 'www-data',
    listen => 'reuseport',
    access => 'timed',
    http => <<"_EOC_",
    log_format timed '\$msec \$pid \$status';
    healthpass_policy $dir/listed.conf;
    healthpass_expose problem;
    keepalive_requests 1000000;
    client_body_buffer_size 64k;
_EOC_
    server => 'location / { healthpass_verify on; proxy_pass http://venue; }
        location = /empty { healthpass_verify on; empty_gif; }',
)->start;
ok($nginx->wait_for(sub { $nginx->workers == WORKERS }), 'the workers');

sub status { return $nginx->get('/', headers => [ hp_header($_[0]) ]) }

# All workers: each takes its own look at the files.
sub settles {
    my ($name, $status, $what) = @_;
    ok($nginx->wait_for(sub {
        for (1 .. 12) { return 0 if status($name) != $status }
        return 1;
    }), $what);
}

# ---- listed -----------------------------------------------------------------------

is(status('good'), 200, 'a good pass');
is(status('child'), 403, 'a pass that a list names');
like($nginx->error_log, qr/\[warn\].*refused, reason=revoked, stage=revocation, list=house, kid=/,
    'the log says which list, as a warning');

# A stranger learns nothing: the same status, headers and body as of a forged one.
sub answer {
    my ($name) = @_;
    my $text = `curl -s -i -H '@{[ hp_header($name) =~ s/\n//r =~ s/'/'\\''/gr ]}' http://127.0.0.1:$nginx->{port}/`;
    return $text =~ s/^Date:.*\r\n//mr;
}
is(answer('child'), answer('forged'), 'the answer is that of a forged pass');

# ---- blocked at once ---------------------------------------------------------------

# Seconds from the moment the list was replaced until the last accepted answer; wrk runs meanwhile.
sub last_accepted {
    my ($do) = @_;
    my $from = length $nginx->access_log;
    open my $wrk, '-|', 'wrk', '-t', 1, '-c', 8, '-d', '3s', '-H', hp_header('good') =~ s/\n//r,
        "http://127.0.0.1:$nginx->{port}/empty" or die "wrk: $!";
    sleep 0.7;
    $do->();
    my $replaced = (Time::HiRes::stat($deny))[10];
    { local $/; my $said = <$wrk> }
    close $wrk;
    my @accepted = grep { /200$/ } split /\n/, substr $nginx->access_log, $from;
    cmp_ok(scalar @accepted, '>', 10, scalar(@accepted) . ' were accepted before');
    return (split ' ', $accepted[-1])[0] - $replaced;
}

# A busy machine may hold up any one try; a gate that looks too seldom fails them all.
my $late = 9;
for (1 .. 3) {
    revoke('remove', '--deny-list', $deny, '--policy', "$dir/listed.conf", '--pass', pass_file('good')) if $_ > 1;
    settles('good', 200, 'the pass is accepted');
    $late = last_accepted(sub { add('--pass', pass_file('good'), '--reason', 'circulating') });
    last if $late < 1;
}
cmp_ok($late, '<', 1, sprintf 'the last accepted answer came %.3f s after the block', $late);
settles('good', 403, 'the pass is refused by all workers');
is(status('recovered'), 200, '... and no other');
like($nginx->error_log, qr/\[warn\].*reason=denied-here, stage=revocation, list=deny-list, kid=/, 'logged as such');
is(answer('good'), answer('forged'), 'the answer is that of a forged pass');

ok($nginx->reload, 'a reload');
settles('good', 403, 'still after it');
$nginx->stop;
$nginx->start;
settles('good', 403, 'still after a restart');

revoke('remove', '--deny-list', $deny, '--policy', "$dir/listed.conf", '--pass', pass_file('good'));
settles('good', 200, 'a block can be taken back');

# ---- files that are wrong ----------------------------------------------------------

ok($nginx->reload, 'the master has read a list without a block');
add('--pass', pass_file('good'));
settles('good', 403, 'blocked again');
my $list = HP::Server::slurp($deny);
hp_write($deny, $list . "U 12\n");
ok($nginx->wait_for(sub { $nginx->error_log =~ /list read before stays: \Q$deny\E:\d+: / }), 'a damaged list is told, by line');
ok($nginx->wait_for(sub { $nginx->count(qr/list read before stays: \Q$deny\E:/) >= WORKERS }), '... by each worker');
sleep 0.6;
settles('good', 403, '... and takes nothing back');
is($nginx->count(qr/list read before stays: \Q$deny\E:/), WORKERS, '... once a worker');

# A worker in place of one that died has what the master read at start, when nothing was blocked.
my ($dead) = $nginx->workers;
kill KILL => $dead;
ok($nginx->wait_for(sub { my @now = $nginx->workers; @now == WORKERS && !grep { $_ == $dead } @now }), 'a new worker');
ok($nginx->wait_for(sub { $nginx->error_log =~ /\[error\].*this worker judges no pass until it can/ }), '... says that it cannot know what is blocked');
my %seen;
$seen{ status('good') }++ for 1 .. 40;
is($seen{200}, undef, '... and lets in nobody who is');
hp_write($deny, $list);
revoke('remove', '--deny-list', $deny, '--policy', "$dir/listed.conf", '--pass', pass_file('good'));
settles('good', 200, 'a whole one is taken up');

unlink $deny;
ok($nginx->wait_for(sub { $nginx->error_log =~ /list read before stays: \Q$deny\E: No such file/ }), 'one that is gone is told');
hp_write($deny, "healthpass deny list 1\n");

# ---- a required list that is not there ---------------------------------------------

build('other', $hash);
revoke('build', '--remove', 'house', '-o', $index);
chmod 0644, $index;
settles('good', 503, 'without a required list nobody is judged');
like($nginx->error_log, qr/\[error\].*fault, reason=revocation-stale, stage=fault/, 'a fault, and logged as one');
build('house', $hash);
settles('good', 200, 'with it passes are judged again');

# ---- many new indexes under load ----------------------------------------------------

my @workers = $nginx->workers;

sub resident {
    return map { (HP::Server::slurp("/proc/$_/status") =~ /^RssAnon:\s+(\d+)/m)[0] // 0 } @workers;
}
sub descriptors { return map { scalar(() = glob "/proc/$_/fd/*") } @workers }
sub maps { return map { scalar(grep { /\.index/ } split /\n/, HP::Server::slurp("/proc/$_/maps")) } @workers }

my @indexes = map { build('house', $hash, map { sprintf '%032x', $_ } 1 .. 1000 + $_); HP::Server::slurp($index) } 0 .. 2;

sub swap {
    my ($n) = @_;
    for (1 .. $n) {
        hp_write($index, $indexes[ $_ % @indexes ]);
        sleep EVERY;
    }
}

sub under_load {
    my ($seconds, $do) = @_;
    open my $wrk, '-|', 'wrk', '-t', 1, '-c', 8, '-d', "${seconds}s", '-H', hp_header('good') =~ s/\n//r,
        "http://127.0.0.1:$nginx->{port}/empty" or die "wrk: $!";
    $do->();
    my $text = do { local $/; <$wrk> } // '';
    close $wrk;
    return $text;
}

under_load(3, sub { swap(30) });
my (@before, @fds) = (); @before = resident(); @fds = descriptors();
my $from = length $nginx->error_log;
my $said = under_load(POSIX::ceil(SWAPS * (EVERY + 0.02)) + 1, sub { swap(SWAPS) });
my @after = resident();
my ($requests) = $said =~ /(\d+) requests in/;
cmp_ok($requests, '>', 500, "$requests requests during " . SWAPS . ' new indexes');
unlike($said, qr/Non-2xx/, 'none of them was refused');
unlike($said, qr/Socket errors/, 'none of them was broken off');
my %taken;
$taken{$_}++ for substr($nginx->error_log, $from) =~ / (\d+)#\d+: healthpass: .*lists of withdrawn passes were taken up/g;
cmp_ok($taken{$_} // 0, '>', SWAPS * EVERY, "worker $_ took up @{[ $taken{$_} // 0 ]} of them") for @workers;
is(status('child'), 403, 'the listed pass is refused by the last one');
is_deeply([ maps() ], [ (1) x WORKERS ], 'each worker maps one index');
SKIP: {
    skip 'a sanitizer keeps what was freed', scalar @workers if $ENV{ASAN_OPTIONS};
    cmp_ok($after[$_] - $before[$_], '<', GROWTH, "a worker of $before[$_] KiB grew by @{[ $after[$_] - $before[$_] ]} KiB") for 0 .. $#workers;
}
sleep 0.5;
my @left = descriptors();
cmp_ok($left[$_], '<=', $fds[$_] + 2, "... and holds $left[$_] descriptors, as before") for 0 .. $#workers;

# ---- a list that the policy names later ---------------------------------------------

# However long healthpass_refresh is: from when the policy is taken up, it is the list that counts.
my $later = hp_policy('later');
my $other = HP::Server->new(
    http => "healthpass_policy $later; healthpass_refresh 3s;",
    server => 'location / { healthpass_verify on; client_body_buffer_size 64k; proxy_pass http://venue; }',
)->start;
is($other->get('/', headers => [ hp_header('good') ]), 200, 'a policy that names no list');
hp_policy('later', "deny_list = \"$deny\";");
ok($other->wait_for(sub { $other->error_log =~ /: taken up anew/ }), 'one that does is taken up');
add('--pass', pass_file('good'));
ok($other->wait_for(sub { $other->get('/', headers => [ hp_header('good') ]) == 403 }, 2), '... and a block at the next look at lists');
is($other->stop, 0, 'nginx ends well');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log =~ s/^.*\b$dead exited on signal 9\b.*$//mr, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing else');
unlike($nginx->error_log . HP::Server::slurp($deny), qr/URN:UVCI|\bHC1:/, 'no number and no pass in log or list');
done_testing();
