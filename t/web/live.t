# A hundred new trust stores while passes are judged as fast as they come: no request fails, no
# worker grows, and each of them ends up with the last store.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;
use Time::HiRes 'sleep';

use constant { STORES => 100, EVERY => 0.15, KEYS => 2000, WORKERS => 2, GROWTH => 2048 };

plan skip_all => 'wrk is not installed' if system('command -v wrk >/dev/null') != 0;

my $dir = hp_dir();
my $store = "$dir/live.store";
my @stores = map { HP::Server::slurp(hp_store("$dir/made.store", '--fill', KEYS - 1 + $_, 'issuer')) } 0 .. 9;

# By rename.  Each has one key more than the one before, until it begins again.
sub put_store { hp_write($store, $stores[ $_[0] % @stores ]) }

put_store(0);
my $policy = hp_write("$dir/live.conf", "trust = \"$store\";\nrules = \"minimal\";\n"
    . "identity_key = \"$dir/identity.key\";\n");
my $nginx = HP::Server->new(
    workers => WORKERS,
    worker_user => 'www-data',
    level => 'notice',
    listen => 'reuseport',
    access => 'short',
    http => <<"_EOC_",
    log_format short '\$pid \$status';
    healthpass_policy $policy;
    healthpass_refresh 100ms;
    keepalive_requests 1000000;
    client_body_buffer_size 64k;
_EOC_
    server => 'location / { healthpass_verify on; proxy_pass http://venue; }
        location = /empty { healthpass_verify on; empty_gif; }',
)->start;
ok($nginx->wait_for(sub { $nginx->workers == WORKERS }), 'the workers');
my @workers = $nginx->workers;

# KiB of each worker.
sub resident {
    return map { (HP::Server::slurp("/proc/$_/status") =~ /^VmRSS:\s+(\d+)/m)[0] // 0 } @workers;
}

# What each worker said last of the number of keys, and how often.
sub generations {
    my (%last, %count);
    for ($nginx->error_log =~ /^.* (\d+#.*taken up anew, \d+) keys$/mg) {
        my ($worker, $keys) = /^(\d+)#.* (\d+)$/;
        $last{$worker} = $keys;
        $count{$worker}++;
    }
    return (\%last, \%count);
}

# Runs wrk on 16 connections with a good pass while something is done; what it says at the end.
sub under_load {
    my ($seconds, $do) = @_;
    open my $wrk, '-|', 'wrk', '-t', 1, '-c', 16, '-d', "${seconds}s", '-H', hp_header('good') =~ s/\n//r,
        "http://127.0.0.1:$nginx->{port}/empty" or die "wrk: $!";
    $do->();
    my $text = do { local $/; <$wrk> } // '';
    ok(close $wrk, 'wrk ends well');
    return $text;
}

sub replace {
    my ($from, $to) = @_;
    for my $n ($from .. $to) {
        put_store($n);
        sleep EVERY;
    }
}

# until every piece of memory that is ever needed was needed once
under_load(3, sub { replace(1, 15) });
my @before = resident();

my $said = under_load(int(STORES * EVERY) + 3, sub {
    replace(16, 15 + STORES);
    is($nginx->get('/', headers => [ hp_header('forged') ]), 403, 'a forged pass in between');
});
my @after = resident();
my ($requests) = $said =~ /(\d+) requests in/;
cmp_ok($requests, '>', 1000, "$requests requests");
unlike($said, qr/Non-2xx/, 'none of them was refused');
unlike($said, qr/Socket errors/, 'none of them was broken off');

my (%served, %status);
for (split /\n/, $nginx->access_log) {
    my ($pid, $code) = split ' ';
    $served{$pid}++;
    $status{$code}++;
}
is(delete $status{403}, 1, 'the log has the forged one');
is_deeply([ keys %status ], [200], '... and nothing else but good ones');
is(join(' ', sort keys %served), join(' ', sort @workers), 'each worker judged');

my ($last, $count) = generations();
for my $worker (@workers) {
    is($last->{$worker}, KEYS + (15 + STORES) % @stores, "worker $worker has the last store");
    cmp_ok($count->{$worker}, '>', STORES / 2, "... and had $count->{$worker} of them");
}
SKIP: {
    skip 'a sanitizer keeps what was freed', scalar @workers if $ENV{ASAN_OPTIONS};
    for my $n (0 .. $#workers) {
        my $grown = $after[$n] - $before[$n];
        cmp_ok($grown, '<', GROWTH, "a worker of $before[$n] KiB grew by $grown KiB");
    }
}
is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg|error|warn)\]/, 'and complained of nothing');
done_testing();
