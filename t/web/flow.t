# Bookings under load while policy, trust and deny list change underneath, files break and nginx is
# reloaded: no wrong answer, and the counters are exactly what the clients saw.  An answer is right if
# it is right by the files before or after a change that it overlaps.
# HEALTHPASS_LONG makes 5,000 bookings, otherwise it is some hundreds.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);

my $long = $ENV{HEALTHPASS_LONG};
my ($bookings, $rounds, $clients) = $long ? (5000, 12, 8) : (300, 2, 4);
my $dir = hp_dir();
sub now { return clock_gettime(CLOCK_MONOTONIC) }

# ---- what changes, and who gets in by it -----------------------------------------

my $deny = hp_write("$dir/deny", "healthpass deny list 1\n");
my @lines = ("deny_list = \"$deny\";", 'schema = "tolerant";');
my $policy = hp_policy('flow', @lines);
my $pem = hp_write("$dir/stranger.pem", HP::Server::slurp("$dir/stranger/issuer.pem"));
my $blocked = hp_write("$dir/blocked.txt", hp_pass('recovered') . "\n");

# Each thing is off or on; the pass that shows it, its answers, and the reason of its refusal.
my %thing = (
    trust => { pass => 'stranger', answers => [ 403, 200 ], reason => 'signer-unknown',
        on => sub { rename $pem, "$dir/trust.d/stranger.pem" or die "$pem: $!" },
        off => sub { rename "$dir/trust.d/stranger.pem", $pem or die "$pem: $!" } },
    rules => { pass => 'positive', answers => [ 403, 200 ], reason => 'rule-failed',
        on => sub { hp_policy('flow', @lines, 'web = { rules = "authentic-only"; };') },
        off => sub { hp_policy('flow', @lines) } },
    deny => { pass => 'recovered', answers => [ 200, 403 ], reason => 'denied-here',
        on => sub { hp_ctl('revoke', 'add', '--pass', $blocked, '--policy', $policy) },
        off => sub { hp_write($deny, "healthpass deny list 1\n") } },
);
my %always = (good => [ 200 ], child => [ 200 ], forged => [ 403, 'signature' ], none => [ 401, 'no-pass' ]);
my @passes = sort keys(%always), map { $_->{pass} } values %thing;

# ---- the clients -----------------------------------------------------------------

my $nginx = HP::Server->new(
    workers => 2,
    http => "healthpass_policy $policy; healthpass_refresh 100ms; healthpass_zone uses 4m; keepalive_requests 100000;",
    server => <<'_EOC_',
        client_body_buffer_size 64k;
        location = /book { healthpass_verify on; healthpass_reuse limit=2 window=1h by=form:booking; proxy_pass http://venue; }
        location = /status { healthpass_status; }
_EOC_
)->start;
$nginx->wait_for(sub { $nginx->workers == 2 });
my %encoded = map { $_ => $_ eq 'none' ? '' : 'pass=' . hp_encoded($_) } @passes;
my $stop = "$dir/stop";

# The status that one booking is answered with; nothing when the connection was closed before it was
# read, as a reload does with those that are idle.
sub book {
    my ($socket, $pass, $booking) = @_;
    my $body = "$encoded{$pass}&booking=$booking";
    print $socket "POST /book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    my $head = '';
    1 while $head !~ /\r\n\r\n/ && sysread $socket, $head, 4096, length $head;
    my ($status) = $head =~ m{^HTTP/1\.1 (\d+)} or return;
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;
    my $rest = $head =~ s/.*?\r\n\r\n//sr;
    1 while length $rest < ($length // 0) && sysread $socket, $rest, 65536, length $rest;
    return ($status, $head =~ /^Connection: close/mi);
}

# Books until it is told to stop: a line for each answer, from when to when it may have been made.
sub client {
    my ($n) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    $SIG{PIPE} = 'IGNORE';
    srand $n;
    open my $out, '>', "$dir/client.$n" or die $!;
    my $socket = $nginx->connect;
    for (my $i = 0; !-e $stop; $i++) {
        my $pass = $passes[rand @passes];
        my $from = now();
        my ($status, $close) = book($socket, $pass, "$n-$i");
        printf $out "%s %s %.6f %.6f\n", $pass, $status, $from, now() if $status;
        $socket = $nginx->connect if !$status || $close;
        sleep($long ? 0.004 : 0.01);
    }
    close $out;
    POSIX::_exit(0);
}

# ---- the changes -----------------------------------------------------------------

sub status { return decode_json(($nginx->get('/status'))[2]) }

# The versions that the workers hold: one when all took up the same.
sub versions {
    my %seen = map { $_->{policies}[0]{version} => 1 } @{ status()->{workers} };
    return keys %seen;
}

# What may be in force, one entry a change: from when on, or whether both may be.
my %history = map { $_ => [ [ 0, 0 ] ] } keys %thing;
my $changes = 0;
sub change {
    my ($what) = @_;
    my $on = $history{$what}[-1][1] ? 0 : 1;
    my ($before) = versions();
    push @{ $history{$what} }, [ now(), undef ];
    $thing{$what}{ $on ? 'on' : 'off' }->();
    my $all = $nginx->wait_for(sub { my @now = versions(); return @now == 1 && $now[0] ne $before }, 10);
    push @{ $history{$what} }, [ now(), $on ];
    $changes++;
    return $all;
}

# Is the answer one that some state between the two times gives?
sub right {
    my ($pass, $status, $from, $to) = @_;
    return $status == $always{$pass}[0] if $always{$pass};
    my ($what) = grep { $thing{$_}{pass} eq $pass } keys %thing;
    my $history = $history{$what};
    for my $i (0 .. $#$history) {
        my ($begin, $on) = @{ $history->[$i] };
        next if $begin > $to || ($i < $#$history && $history->[$i + 1][0] < $from);
        return 1 if !defined $on ? grep { $_ == $status } @{ $thing{$what}{answers} } : $thing{$what}{answers}[$on] == $status;
    }
    return 0;
}

my @pids = map { client($_) } 1 .. $clients;
my $taken = 0;
for my $round (1 .. $rounds) {
    $taken += change($_) ? 1 : 0 for qw(trust rules deny trust rules deny);
    # a file that is wrong changes nothing
    hp_write($policy, "nonsense = $round;\n");
    hp_write($deny, "nonsense $round\n");
    $nginx->wait_for(sub { 2 * $round <= $nginx->count(qr{the list read before stays}) }, 5);
    hp_policy('flow', @lines);
    hp_write($deny, "healthpass deny list 1\n");
    $nginx->wait_for(sub { my $json = status(); return !$json->{policies}[0]{fault} && !grep { $_->{fault} } @{ $json->{policies}[0]{lists} } }, 5);
    $nginx->wait_for(sub { 1 == versions() }, 5);
    ok($nginx->reload, "round $round: a reload") if $round % 4 == 2;
}
is($taken, $changes, "each of $changes changes was taken up by both workers");
$nginx->wait_for(sub { status()->{decisions}{total} >= $bookings }, 120);
hp_write($stop, '');
waitpid $_, 0 for @pids;
ok(!(grep { !-s "$dir/client.$_" } 1 .. $clients), 'each client booked');

# ---- the answers -----------------------------------------------------------------

my @answers = map { [ split ] } map { split /\n/, HP::Server::slurp("$dir/client.$_") } 1 .. $clients;
cmp_ok(scalar @answers, '>=', $bookings, scalar(@answers) . " bookings, $changes changes underneath");
my @wrong = grep { !right(@$_) } @answers;
is(scalar @wrong, 0, '... no wrong answer') or diag map { "@$_\n" } @wrong[0 .. ($#wrong < 5 ? $#wrong : 5)];

# each change was met from both sides, and the check knows a wrong answer
my %seen;
$seen{ $_->[0] }{ $_->[1] }++ for @answers;
for my $what (sort keys %thing) {
    is_deeply([ sort keys %{ $seen{ $thing{$what}{pass} } } ], [ 200, 403 ], "$what: answers of both sides");
    my $off = $thing{$what}{answers}[0];
    ok(right($thing{$what}{pass}, $off, 0, 0) && !right($thing{$what}{pass}, 603 - $off, 0, 0), '... which are told apart');
}

# ---- the counters ----------------------------------------------------------------

my (%status, %reasons);
$status{ $_->[1] }++ for @answers;
for my $pass (@passes) {
    my ($what) = grep { $thing{$_}{pass} eq $pass } keys %thing;
    my $reason = $what ? $thing{$what}{reason} : $always{$pass}[1];
    while (my ($status, $n) = each %{ $seen{$pass} }) {
        $reasons{ $status == 200 ? 'ok' : $reason } += $n;
    }
}
ok($nginx->wait_for(sub { status()->{decisions}{total} >= @answers }, 5), 'all have ended');
my $json = status();
my $told = $json->{decisions};
is($told->{total}, scalar @answers, 'as many decisions as answers');
is_deeply([ @$told{qw(ok refused fault)} ], [ $status{200}, $status{401} + $status{403}, 0 ], '... of these kinds');
is_deeply({ map { $told->{reasons}{$_} ? ($_ => $told->{reasons}{$_}) : () } keys %{ $told->{reasons} } }, \%reasons, '... for these reasons');
is_deeply([ @{ $told->{sources} }{qw(none form)} ], [ $status{401}, $status{200} + $status{403} ], '... of these sources');
is($told->{total}, eval { my $sum = 0; $sum += $_ for values %{ $told->{formats} }; $sum }, '... and each of some format');
is($json->{zone}{used}, $status{200}, 'each booking that got in is one use');
is($json->{zone}{suspect}, $told->{suspect}, '... and suspects are counted alike');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
