# The story that this is for, from the leak to its end, on a fleet: two nginx nodes, two kiosks, one
# Redis.  One genuine pass is copied and shown by thirty strangers; its holder, who came first, is
# served all the time; the re-use is marked, warned of and listed; one command blocks the pass
# everywhere within a second; the pass that is issued in its place works; and nobody's data is kept.
use strict;
use warnings;
use lib 't/web/lib';
use File::Find ();
use HP;
use IO::Socket::UNIX ();
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant { STRANGERS => 30, LIMIT => 2, REQUESTS => $ENV{HEALTHPASS_LONG} ? 100_000 : 600 };

my $dir = hp_dir();
my $redis = "$dir/redis.sock";
my %person = (family => 'Quixwhistle', given => 'Zephyrina', family_mrz => 'QUIXWHISTLE',
    given_mrz => 'ZEPHYRINA', birth => '1953-07-19', id => 'URN:UVCI:01:AT:QX77ZEPHYR53#K',
    new_id => 'URN:UVCI:01:AT:NW88ZEPHYR53#P', product => 'EU/1/20/1528');

# ---- what the story needs ---------------------------------------------------------------

my %pid; # processes that run beside nginx, by their name

sub run_beside {
    my ($name, @command) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$dir/$name.log";
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    $pid{$name} = $pid;
}

sub end_beside {
    my ($name) = @_;
    my $pid = delete $pid{$name} or return;
    kill 'TERM', $pid;
    waitpid $pid, 0;
    return $?;
}

END { local $?; end_beside($_) for keys %pid }

sub until_true {
    my ($true, $seconds) = @_;
    my $end = time() + $seconds;
    while (time() < $end) {
        return 1 if $true->();
        sleep 0.02;
    }
    return 0;
}

sub issued {
    my ($id) = @_;
    my $payload = hp_write("$dir/payload.json", <<"_EOC_");
{"ver":"1.3.0","nam":{"fn":"$person{family}","gn":"$person{given}","fnt":"$person{family_mrz}","gnt":"$person{given_mrz}"},
 "dob":"$person{birth}","v":[{"tg":"840539006","vp":"J07BX03","mp":"$person{product}","ma":"ORG-100030215","dn":2,"sd":2,
 "dt":"2021-05-29","co":"AT","is":"Quixministry","ci":"$id"}]}
_EOC_
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', $payload);
    unlink $payload;
    chomp $text;
    return $text;
}

my $pass = issued($person{id});
my $renewed = issued($person{new_id});

# Two machines: each has its own copy of the fleet's deny list, and a process that follows it.
run_beside('redis', 'redis-server', '--port', 0, '--unixsocket', $redis, '--unixsocketperm', 666,
    '--dir', $dir, '--save', '', '--appendonly', 'no');
ok(until_true(sub { IO::Socket::UNIX->new(Peer => $redis) }, 10), 'Redis runs');
my @machines = qw(one two);
for my $machine (@machines) {
    hp_policy($machine, "ledger = \"unix:$redis\";", "deny_list = \"unix:$redis\";",
        "deny_copy = \"$dir/fleet-$machine/copy\";");
}
hp_ctl('revoke', 'share', '--from', 'nothing', '--policy', "$dir/one.conf");
my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
run_beside("follow-$_", $ctl, 'revoke', 'follow', '--policy', "$dir/$_.conf") for @machines;
ok(until_true(sub { -s "$dir/fleet-$_/copy" }, 10), "machine $_ has its copy of the deny list") for @machines;

my %node = map {
    $_ => HP::Server->new(
        workers => 2,
        worker_user => 'www-data',
        access => 'told',
        http => "log_format told '\$remote_addr \"\$request\" \$status \$healthpass_reason \$healthpass_reuse "
            . "\$healthpass_pass_id';\n healthpass_policy $dir/$_.conf;\n healthpass_zone uses 1m;\n"
            . 'healthpass_expose pass_id;',
        server => "keepalive_requests 1000000;\nlocation /book {\n healthpass_verify on;\n"
            . 'healthpass_reuse limit=' . LIMIT . " window=24h by=\$http_x_account commit=2xx;\n"
            . 'proxy_set_header X-Verdict $healthpass_reuse;
               proxy_pass http://venue;
            }',
    )->start
} @machines;

# What the venue heard of the booking: "ok", "suspect"; or the status of a refusal.
sub book {
    my ($machine, $account, $text) = @_;
    my ($status, undef, $body) = $node{$machine}->get('/book',
        headers => [ "X-Health-Pass: $text", "X-Account: $account" ]);
    return $status == 200 && $body =~ /verdict=\[(\w*)\]/ ? $1 : $status;
}

my $module = $ENV{PAM_HEALTHPASS} || 'build/pam_healthpass.so';
mkdir "$dir/pam.d";
for my $machine (@machines) {
    hp_write("$dir/pam.d/kiosk-$machine", join '', map { "$_ [success=ok default=bad] $module "
        . "match=none reuse=window:1h fail-delay=0s policy=$dir/$machine.conf\n" } qw(auth account));
}

# A login at the kiosk: 1 when it opens.
sub login {
    my ($machine, $text) = @_;
    local $ENV{LD_PRELOAD} = join ' ', grep { $_ } $ENV{HEALTHPASS_PRELOAD}, 'libpam_wrapper.so';
    local $ENV{PAM_WRAPPER} = 1;
    local $ENV{PAM_WRAPPER_SERVICE_DIR} = "$dir/pam.d";
    local $ENV{PAM_WRAPPER_DISABLE_DEEPBIND} = 1 if $ENV{HEALTHPASS_PRELOAD};
    open my $in, '|-', "exec pamtester -Itty=kiosk-$machine kiosk-$machine nobody authenticate acct_mgmt "
        . ">>$dir/pamtester.log 2>&1" or die "pamtester: $!";
    local $SIG{PIPE} = 'IGNORE';
    print $in "$text\n";
    close $in;
    return $? == 0 ? 1 : 0;
}

# ---- the leak ----------------------------------------------------------------------------

is(book('one', 'holder', $pass), 'ok', 'the holder books');
is(login('one', $pass), 1, 'and uses a kiosk');
my @said = map { book($machines[$_ % 2], "stranger-$_", $pass) } 1 .. STRANGERS;
is_deeply(\@said, [ 'ok', ('suspect') x (STRANGERS - 1) ],
    'thirty strangers with the copied pass: all but the first are marked, on both nodes');
is(book('two', 'holder', $pass), 'ok', 'the holder books again, on the other node, and is not marked');
is(login('two', $pass), 1, 'at the next kiosk too');

my @warned = map { grep { /\[warn\].*accepted, suspect/ } split /\n/, $node{$_}->error_log } @machines;
is(scalar @warned, 1, 'one warning in the whole fleet');
my ($pass_id) = ($warned[0] // '') =~ /, pass=([0-9a-f]{32})/;
ok($pass_id, 'which has the keyed id of the pass') or diag($warned[0] // 'no warning');

my $top = JSON::PP->new->decode(hp_ctl('ledger', 'top', '--policy', "$dir/two.conf", '--json'));
my ($first) = @{ $top->{top} };
is($first->{pass_ids}[0], $pass_id, 'ledger top has the pass first');
cmp_ok($first->{count}, '>=', STRANGERS + 1, 'with all who showed it');

# ---- its end -----------------------------------------------------------------------------

my $from = time();
hp_ctl('revoke', 'add', '--policy', "$dir/two.conf", '--pass-id', $pass_id, '--reason', 'circulating');
my $told = time();
for my $machine (@machines) {
    ok(until_true(sub { book($machine, 'stranger-1', $pass) eq '403' }, 5), "node $machine refuses it");
}
cmp_ok(time() - $told, '<', 1, sprintf 'within a second: %.2f s', time() - $told);
is(login($_, $pass), 0, "kiosk $_ refuses it") for @machines;
for my $machine (@machines) {
    is(book($machine, 'holder', $pass), 403, "node $machine: for everybody");
    like($node{$machine}->error_log, qr/\[warn\].*refused, reason=denied-here/, '... and says why in the log');
}
is(book('one', 'holder', $renewed), 'ok', 'the pass that was issued in its place works');
is(login('two', $renewed), 1, 'at the kiosk too');

# As many as a busy evening has, on both nodes: what is kept of them is looked at below.
for my $machine (@machines) {
    my $count = $node{$machine}->flood('/book', 4, REQUESTS / 2, sub {
        return "X-Health-Pass: " . ($pass, $renewed)[$_[0] % 2], 'X-Account: stranger-' . $_[0] % 50;
    });
    is_deeply($count, { 200 => REQUESTS / 4, 403 => REQUESTS / 4 }, REQUESTS / 2 . " requests to node $machine");
}

# ---- nobody's data -------------------------------------------------------------------------

system('redis-cli', '-s', $redis, 'save') == 0 or die 'redis-cli';
is($node{$_}->stop, 0, "node $_ ends well") for @machines;
my @files = glob "$dir/*.rdb $dir/fleet-*/* $dir/*.log";
File::Find::find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } }, map { $node{$_}{dir} } @machines);
cmp_ok(scalar(grep { /\.rdb$/ && -s } @files), '==', 1, 'Redis wrote its dump');
my %secret = (%person, account => 'stranger-7', text => substr($pass, 60, 40), new_text => substr($renewed, 60, 40),
    number => substr($person{id}, 9), new_number => substr($person{new_id}, 9), ministry => 'Quixministry');

# Ways to write it down: as it is, in capitals and small letters, in hex, in Base64 at each offset.
sub ways {
    my ($plain) = @_;
    my %way = map { $_ => 1 } $plain, uc $plain, lc $plain, $plain =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
    $way{$_} = 1 for map { unpack('H*', $_), uc unpack('H*', $_) } $plain, uc $plain, lc $plain;
    for my $skip (0 .. 2) {
        my $whole = MIME::Base64::encode_base64(('x' x $skip) . $plain, '');
        $way{ substr $whole, 4 * !!$skip, 4 * int((length($plain) + $skip) / 3) - 4 * !!$skip } = 1;
    }
    return keys %way;
}

my %content = map { $_ => HP::Server::slurp($_) } @files;
for my $name (sort keys %secret) {
    my @in = grep { my $way = $_; grep { index($content{$_}, $way) >= 0 } @files } ways($secret{$name});
    is(scalar @in, 0, "$name: in no file, log or dump");
}
done_testing();
