# Several workers, HUP, a worker that dies: the gate holds, and nothing piles up.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
my %gate = (
    workers => 3,
    worker_user => 'www-data',
    http => "healthpass_policy $dir/policy.conf; healthpass_refresh 100ms;",
    server => <<'_EOC_',
        client_body_buffer_size 64k;
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /new { proxy_pass http://venue; }
        location /asks { auth_request /open; proxy_pass http://venue; }
        location = /open { internal; healthpass_verify on; proxy_pass http://venue; }
_EOC_
);
my $nginx = HP::Server->new(%gate)->start;
ok($nginx->wait_for(sub { $nginx->workers == 3 }), 'three workers');

my @good = (headers => [ hp_header('good') ]);
my @stranger = (headers => [ hp_header('stranger') ]);

# Which answers come, over enough connections to meet every worker.
sub answers {
    my ($path, @request) = @_;
    my %seen;
    $seen{ $nginx->get($path, @request) }++ for 1 .. 60;
    return join ' ', sort keys %seen;
}

is(answers('/', @good), '200', 'each worker accepts');
is(answers('/'), '401', 'each worker refuses');
is(answers('/', headers => [ hp_header('forged') ]), '403', 'each worker checks');

# a change reaches workers that are not root, each by its own timer
# (in one step: a worker may look while a file of another name is still in the folder)
hp_write("$dir/stranger.pem", HP::Server::slurp("$dir/stranger/issuer.pem"));
rename "$dir/stranger.pem", "$dir/trust.d/stranger.pem" or die "$dir/trust.d: $!";
ok($nginx->wait_for(sub { $nginx->count('taken up anew') == 3 }, 10), 'each worker takes a change up');
is(answers('/', @stranger), '200', '... and uses it');
unlink "$dir/trust.d/stranger.pem";
ok($nginx->wait_for(sub { $nginx->count('taken up anew') == 6 }, 10), 'and again');

# the warning about subrequests: once a worker
answers('/asks');
my $said = $nginx->count('healthpass_check has');
ok($said >= 1 && $said <= 3, 'said at most once by each worker');

# a request in flight over a reload is judged by the worker that began it
my $body = 'pass=' . hp_encoded('good');
my $socket = $nginx->connect;
$socket->autoflush(1);
print $socket "POST /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body)
    . "\r\n\r\n" . substr $body, 0, 20;
sleep 0.2;
my %before = map { $_ => 1 } $nginx->workers;
$nginx->configure(server => $gate{server} =~ s/location \/new \{/location \/new { healthpass_verify on;/r);
kill 'HUP', $nginx->{pid};
ok($nginx->wait_for(sub { (grep { !$before{$_} } $nginx->workers) == 3 }), 'new workers');
print $socket substr $body, 20;
like(do { local $/; <$socket> } // '', qr{^HTTP/1\.1 200 }, 'the request begun before is answered');
ok($nginx->wait_for(sub { !grep { $before{$_} } $nginx->workers }), 'the old workers leave: no timer holds them');
is(answers('/new'), '401', 'a reload closes a location');
is(answers('/new', @good), '200', '... to all but good passes');

# a broken policy: the reload fails, the old configuration stays
my $text = HP::Server::slurp("$dir/policy.conf");
hp_write("$dir/policy.conf", "nonsense = 1;\n");
kill 'HUP', $nginx->{pid};
ok($nginx->wait_for(sub { $nginx->count(qr/\[emerg\] .*healthpass: .*policy\.conf:1: /) >= 1 }),
    'a reload with a broken policy is refused');
is(answers('/', @good), '200', '... and changes nothing');
is(answers('/', @stranger), '403', '... at all');
hp_write("$dir/policy.conf", $text);
ok($nginx->reload, 'mended');

# a worker that dies
my ($victim) = $nginx->workers;
kill 'KILL', $victim;
ok($nginx->wait_for(sub { my @now = $nginx->workers; @now == 3 && !grep { $_ == $victim } @now }),
    'a new worker for one that was killed');
is(answers('/', @good), '200', '... accepts');
is(answers('/', headers => [ hp_header('forged') ]), '403', '... and refuses');

# the master loads the policy at each reload, and frees it
sub resident {
    my ($kib) = HP::Server::slurp("/proc/$nginx->{pid}/status") =~ /^VmRSS:\s+(\d+)/m;
    return $kib;
}
$nginx->reload for 1 .. 5;
my $first = resident();
$nginx->reload for 1 .. 15;
my $grown = resident() - $first;
SKIP: {
    skip 'a sanitizer keeps what was freed', 1 if $ENV{ASAN_OPTIONS};
    cmp_ok($grown, '<', 15 * 40, "the master does not grow by reloads ($grown KiB)");
}

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log =~ s/^.*exited on signal 9\n//mr, qr/\[(alert|crit)\]/, 'and complained of nothing');
done_testing();
