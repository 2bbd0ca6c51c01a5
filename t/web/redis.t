# Two nginx nodes with two workers each share a Redis: one pass, shown for many on all of them at
# once, is let in for as many as the limit; with a secret, by a socket and by an address, and while
# the nodes' identity keys are changed.  What Redis keeps says nothing of a person.
# 2,000 requests at once; 10,000 with HEALTHPASS_LONG=1.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use HP::Redis;
use MIME::Base64 ();
use POSIX ();
use Test::More;

my $requests = $ENV{HEALTHPASS_LONG} ? 10_000 : 2_000;
my $dir = hp_dir();

# For workers that are not root.
sub secret {
    my ($path, $bytes) = @_;
    hp_write("$path.part", $bytes);
    chmod 0640, "$path.part";
    chown 0, scalar getgrnam('www-data'), "$path.part" if $> == 0;
    rename "$path.part", $path or die $!;
    return $path;
}

my %person = (family => 'Quixwhistle', given => 'Zephyrina', birth => '1953-07-19',
    id => 'URN:UVCI:01:AT:QX77ZEPHYR53#K', product => 'EU/1/20/1528');

sub issued {
    my ($id) = @_;
    my $payload = hp_write("$dir/payload.json", <<"_EOC_");
{"ver":"1.3.0","nam":{"fn":"$person{family}","gn":"$person{given}","fnt":"\U$person{family}\E","gnt":"\U$person{given}\E"},
 "dob":"$person{birth}","v":[{"tg":"840539006","vp":"J07BX03","mp":"$person{product}","ma":"ORG-100030215","dn":2,"sd":2,
 "dt":"2021-05-29","co":"AT","is":"Quixministry","ci":"$id"}]}
_EOC_
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', $payload);
    unlink $payload;
    chomp $text;
    return $text;
}

my %pass = (one => issued($person{id}), other => issued("$person{id}2"), third => issued("$person{id}3"),
    fourth => issued("$person{id}4"));

# The nodes' user may do what healthpass-policy(5) says, and no more.
my $redis = HP::Redis->new(HP::Server::free_port(), '--requirepass', 'operator', '--user', 'hp', 'on',
    '>let-me-in', '~healthpass:*', '-@all', map { "+$_" } qw(eval evalsha time ping get set del pexpireat));
$redis->{password} = 'operator';
my @auth = map { secret("$dir/auth-$_", "hp\nlet-me-in\n") } qw(a b);
my %place = (a => "unix:$redis->{socket}", b => "redis://127.0.0.1:$redis->{port}/0");
my %key = (old => 'k' x 32, new => 'n' x 32);

sub policy {
    my ($node, @ring) = @_;
    secret("$dir/ring-$node", join '', @key{@ring});
    hp_write("$dir/fleet-$node.conf", <<"_EOC_");
trust = "$dir/trust.d";
rules = "minimal";
identity_key = "$dir/ring-$node";
ledger = "$place{$node}";
ledger_auth = "$dir/auth-$node";
_EOC_
}

policy($_, 'old') for qw(a b);
my %node = map {
    $_ => HP::Server->new(
        workers => 2,
        worker_user => 'www-data',
        http => "healthpass_policy $dir/fleet-$_.conf; healthpass_refresh 100ms; healthpass_zone uses 1m;",
        server => <<'_EOC_',
        location / {
            healthpass_verify on;
            healthpass_reuse limit=3 window=1h by=$arg_by action=refuse;
            proxy_pass http://venue;
        }
        location /order {
            healthpass_verify on;
            healthpass_reuse limit=1 window=1h by=$arg_by action=refuse commit=2xx;
            proxy_pass http://venue;
        }
        location /form {
            client_body_buffer_size 64k;
            healthpass_verify on;
            healthpass_source form:pass;
            healthpass_reuse limit=1 window=1h by=form:booking action=refuse;
            proxy_pass http://venue;
        }
        location /declined {
            healthpass_verify on;
            healthpass_reuse limit=1 window=1h by=$arg_by action=refuse commit=201;
            proxy_pass http://venue;
        }
_EOC_
    )->start
} qw(a b);

sub show {
    my ($node, $by, $pass, $path) = @_;
    return scalar $node{$node}->get(($path // '/') . "?by=$by", headers => [ 'X-Health-Pass: ' . $pass{ $pass // 'one' } ]);
}

# Shows the pass for any of 50, by 8 clients at once, on both nodes: { status => { by => times } }.
sub client {
    my ($node, $count, $to) = @_;
    my $socket;
    for (1 .. $count) {
        $socket //= $node->connect;
        my $by = int rand 50;
        print $socket "GET /?by=$by HTTP/1.1\r\nHost: localhost\r\nX-Health-Pass: $pass{one}\r\n\r\n";
        my ($status, $length, $close) = (0, 0);
        while (my $line = <$socket>) {
            $status = $1 if $line =~ m{^HTTP/1.1 (\d+)};
            $length = $1 if $line =~ /^content-length: (\d+)/i;
            $close = 1 if $line =~ /^connection: close/i;
            last if $line eq "\r\n";
        }
        read $socket, my $body, $length if $length;
        print $to "$status $by\n";
        undef $socket if $close || !$status;
    }
}

sub burst {
    my ($count) = @_;
    my (@from, %status);
    for my $n (1 .. 8) {
        pipe my $read, my $write or die $!;
        my $pid = fork // die $!;
        if ($pid == 0) {
            srand $n;
            client($node{ $n % 2 ? 'a' : 'b' }, $count / 8, $write);
            close $write;
            POSIX::_exit(0);
        }
        push @from, [ $pid, $read ];
    }
    for (@from) {
        my ($pid, $read) = @$_;
        while (<$read>) {
            my ($status, $by) = split;
            $status{$status}{$by}++;
        }
        waitpid $pid, 0;
    }
    return \%status;
}

# ---- as many as the limit ---------------------------------------------------------------

is(show('a', 'first'), 200, 'who comes first');
my $status = burst($requests);
is_deeply([ sort keys %$status ], [ 200, 403 ], 'at once: accepted and refused, nothing else');
my @in = keys %{ $status->{200} };
is(scalar @in, 2, 'at once: two more, on four workers of two nodes');
is(scalar(grep { $status->{403}{$_} } @in), 0, 'who was let in once is let in always');
is(show($_, 'first'), 200, 'who came first keeps his place') for qw(a b);
is(show('b', $in[0]), 200, 'so does who came second');
is(show('b', 'last'), 403, 'who comes last is refused');
is($node{$_}->count('does not count'), 0, "node $_ was always answered") for qw(a b);
is($node{a}->count('\[warn\].*reason=reused') + $node{b}->count('\[warn\].*reason=reused'), 1,
    'the whole fleet warns once');

# ---- a reservation ----------------------------------------------------------------------

is(show('a', 'w', 'other', '/declined'), 200, 'an order that is not confirmed');
ok($node{b}->wait_for(sub { show('b', 'x', 'other', '/declined') == 200 }), 'is no use on the other node');
is(show('a', 'x', 'other', '/order'), 200, 'one that is confirmed');
is(show('b', 'y', 'other', '/order'), 403, 'is one');

# ---- a body that is read first -----------------------------------------------------------

sub post {
    my ($node, $booking) = @_;
    my $text = $pass{third} =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
    return scalar $node{$node}->get('/form', body => "pass=$text&booking=$booking");
}

is(post('a', 1), 200, 'a form');
is(post('b', 2), 403, 'another one on the other node');
is(post('b', 1), 200, 'the same one there');

# ---- HTTP/2 and subrequests, which wait beside one another on one connection --------------

my $http2 = HP::Server->new(
    worker_user => 'www-data',
    listen => 'ssl http2',
    http => "healthpass_policy $dir/fleet-a.conf; healthpass_zone uses 1m;",
    server => "ssl_certificate $dir/issuer/issuer.pem; ssl_certificate_key $dir/issuer/issuer.key;\n" . <<'_EOC_',
        location / {
            healthpass_verify on;
            healthpass_reuse limit=2 window=1h by=$arg_by action=refuse;
            proxy_pass http://venue;
        }
        location /asked {
            auth_request /ask;
            proxy_pass http://venue;
        }
        location = /ask {
            internal;
            healthpass_check;
            healthpass_reuse limit=2 window=1h by=$request_uri action=refuse;
        }
_EOC_
)->start;
hp_write("$dir/header", "X-Health-Pass: $pass{fourth}\n");
for my $path (qw(/ /asked)) {
    my @urls = map { ('-o', '/dev/null', "https://127.0.0.1:$http2->{port}$path?by=$_") } 1 .. 20;
    # this curl shows its progress even when it is told not to
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>/dev/null', 'sh', qw(curl -sk --http2 --parallel --max-time 10 -w), "%{http_code}\n", '-H', "\@$dir/header", @urls
        or die "curl: $!";
    my @codes = map { 0 + $_ } <$out>;
    is_deeply([ sort { $a <=> $b } @codes ], [ (200) x 2, (403) x 18 ], "HTTP/2: two of twenty at once, $path");
    $redis->ask('FLUSHALL');
}
is($http2->stop, 0, 'HTTP/2: ends in order');

# ---- keys are changed -------------------------------------------------------------------

sub turn {
    my ($node, @ring) = @_;
    my $before = $node{$node}->count('taken up anew');
    policy($node, @ring);
    return $node{$node}->wait_for(sub { $node{$node}->count('taken up anew') >= $before + 2 });
}

$redis->ask('FLUSHALL');
is(show('a', 'one'), 200, 'under the old key');
ok(turn('b', 'old', 'new'), 'one node knows the new key');
is(show('b', 'one'), 200, 'it finds what the other one wrote');
is(show('b', 'two'), 200, 'and writes what the other one finds');
is(show('a', 'one'), 200, 'there');
ok(turn('a', 'old', 'new'), 'all know it');
ok(turn('b', 'new', 'old'), 'one writes by it');
is(show('b', 'three'), 200, 'under the new key');
is(show($_, 'four'), 403, "all three are counted on $_") for qw(a b);
is(show('a', 'two'), 200, 'who had a place has it');
ok(turn('a', 'new', 'old'), 'all write by it');
for my $node (qw(a b)) {
    is(show($node, $_), 200, "$_ keeps his place on $node") for qw(one two three);
    is(show($node, 'five'), 403, "there is no other on $node");
}

# ---- the secret -------------------------------------------------------------------------

secret($auth[0], "hp\nnot-this-one\n");
ok($node{a}->wait_for(sub { show('a', 'one') == 503 }), 'a wrong secret: nobody is let in');
is($node{a}->count('does not take the secret of ledger_auth') > 0, 1, 'and the log says why');
is($node{a}->count('not-this-one|let-me-in'), 0, 'without the secret');
is(show('b', 'one'), 200, 'the other node goes on');
secret($auth[0], "hp\nlet-me-in\n");
ok($node{a}->wait_for(sub { show('a', 'one') == 200 }), 'the right one again: no reload is needed');

# ---- what Redis keeps --------------------------------------------------------------------

my $keys = $redis->ask('KEYS', '*');
cmp_ok(scalar @$keys, '>', 1, 'there are rows');
is(scalar(grep { !/^healthpass:use:[0-9a-f]{32}$/ } @$keys), 0, 'each under a keyed id');
is(scalar(grep { my $left = $redis->ask('TTL', $_); $left < 1 || $left > 3600 } @$keys), 0, 'each with an end');

my %personal = (%person, text => $pass{one}, part => substr($pass{one}, 20, 40), by => 'three', code => 'QX77ZEPHYR53');
$redis->ask('SAVE');
open my $dump, '<:raw', "$redis->{dir}/dump.rdb" or die "dump.rdb: $!";
my $kept = do { local $/; <$dump> };
$kept .= join "\0", @$keys, map { $redis->ask('GET', $_) // '' } @$keys;
for my $what (sort keys %personal) {
    my $text = $personal{$what};
    my @forms = map { $_, unpack('H*', $_), uc unpack('H*', $_), map { substr $_, 0, 4 * int((length $_) / 4) - 4 }
        MIME::Base64::encode_base64($_, '') } $text, uc $text, lc $text;
    is(scalar(grep { length && index($kept, $_) >= 0 } @forms), 0, "no $what in what Redis keeps");
}

is($node{$_}->stop, 0, "node $_ ends in order") for qw(a b);
is($node{$_}->count('\[alert\]|\[crit\]|\[emerg\]'), 0, "node $_ had nothing to complain of") for qw(a b);
done_testing;
