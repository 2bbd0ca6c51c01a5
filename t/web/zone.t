# The ledger in nginx's shared memory: what it holds of a person (nothing), workers that are killed,
# reloads, another binary; a pass that is issued again.
use strict;
use warnings;
no warnings 'portable'; # addresses are of 64 bits
use utf8;
use lib 't/web/lib';
use Encode 'encode';
use HP;
use JSON::PP ();
use POSIX ();
use MIME::Base64 'encode_base64';
use Test::More;
use Time::HiRes 'sleep';

use constant { ROUNDS => $ENV{HEALTHPASS_LONG} ? 200 : 12, PEOPLE => 50, LIMIT => 3,
    REQUESTS => $ENV{HEALTHPASS_LONG} ? 100_000 : 600 };

my $dir = hp_dir();

# Passes of one made-up person; those with one number are one certificate.
my ($family, $given, $born, $number) = ('Prüfling-Muñoz', 'Erna Luise', '1971-02-03', 'URN:UVCI:01:AT:ZQ7XW4KD9PAB');

sub issue {
    my ($ci, @options) = @_;
    hp_write("$dir/person.json", encode('UTF-8', '{"ver":"1.3.0","nam":{"fn":"' . $family . '","fnt":"PRUEFLING<MUNOZ",'
        . '"gn":"' . $given . '","gnt":"ERNA<LUISE"},"dob":"' . $born . '","v":[{"tg":"840539006","vp":"1119349007",'
        . '"mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,"dt":"2026-06-01","co":"AT","is":"Test","ci":"' . $ci . '"}]}'));
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', "$dir/person.json", @options);
    chomp $text;
    return $text;
}

my $pass = issue($number);
my $again = issue($number);
my $renewed = issue('URN:UVCI:01:AT:RENEWED00001');

my %gate = (
    workers => 2,
    worker_user => 'www-data',
    http => "healthpass_policy $dir/policy.conf; healthpass_zone uses 1m; healthpass_expose pass_id uses;",
    server => <<'_EOC_',
        client_body_buffer_size 64k;
        keepalive_requests 1000000;
        healthpass_verify on;
        healthpass_reuse limit=3 window=1h by=$http_x_account action=refuse;
        location / { empty_gif; }
        location /mark { healthpass_reuse limit=1 window=1h by=$http_x_account; empty_gif; }
        location /id { add_header X-Id $healthpass_pass_id; empty_gif; }
        location = /top { healthpass_verify off; healthpass_status top; }
        location = /status { healthpass_verify off; healthpass_status; }
_EOC_
);
my $nginx = HP::Server->new(%gate)->start;

sub show {
    my ($text, $account, $path) = @_;
    return scalar $nginx->get($path // '/', headers => [ "X-Health-Pass: $text", "X-Account: $account" ]);
}
sub top { return JSON::PP->new->decode(($nginx->get('/top'))[2])->{ledger} }

# ---- issued again -------------------------------------------------------------------------

isnt($again, $pass, 'the same certificate, signed again');
is(show($pass, 'ann@example.org'), 200, 'one pass for one account');
is(show($again, 'bob@example.org'), 200, '... the same certificate for another');
is(show($pass, 'cyd@example.org'), 200, '... and a third');
is(show($again, 'dan@example.org'), 403, 'both are one pass');
is(show($renewed, 'dan@example.org'), 200, 'a certificate with a number of its own is another one');
is(scalar @{ top() }, 2, 'the ledger knows two');
show($pass, "visitor$_\@example.org") for 1 .. 20;
show($pass, "visitor$_\@example.org", '/mark') for 1 .. 20;
my $count = $nginx->flood('/mark', 4, REQUESTS, sub {
    return "X-Health-Pass: " . ($pass, $again, $renewed)[$_[0] % 3], "X-Account: visitor" . $_[0] % PEOPLE . "\@example.org";
});
is_deeply($count, { 200 => REQUESTS }, REQUESTS . ' requests, each answered');

# More passes than people are shown: healthpassctl asks for all of them, and finds the one of a log line.
my @many = map { issue("URN:UVCI:01:AT:MANY$_") } 1 .. 104;
is(scalar(grep { show($_, 'one') != 200 } @many), 0, 'a hundred further passes');
is(scalar @{ top() }, 100, 'a hundred are shown');
my $all = JSON::PP->new->decode(($nginx->get('/top?all=1'))[2])->{ledger};
is(scalar @$all, 106, '... and all where all are asked for');
is_deeply([ map { $_->{count} } @$all ], [ sort { $b <=> $a } map { $_->{count} } @$all ], '... the most shared first');
my ($last) = ($nginx->get('/id', headers => [ "X-Health-Pass: $many[-1]", 'X-Account: one' ]))[1] =~ /^X-Id: (\w+)/m;
like(hp_ctl('revoke', 'add', '--policy', "$dir/policy.conf", '--deny-list', "$dir/deny.list", '--pass-id', $last,
    '--from', "http://127.0.0.1:$nginx->{port}/top"), qr/^found: pass=$last.*, shown for 1$/m, '... of which each is found by its id');

# ---- what it holds -------------------------------------------------------------------------

# All memory that nginx's workers share, as one of them sees it.
sub shared_memory {
    my ($pid) = $nginx->workers;
    my $all = '';
    open my $maps, '<', "/proc/$pid/maps" or return;
    open my $memory, '<:raw', "/proc/$pid/mem" or return;
    while (<$maps>) {
        my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw-s/ or next;
        sysseek $memory, hex $from, 0 or return;
        sysread $memory, $all, hex($to) - hex($from), length $all or return;
    }
    return $all;
}

# Sets the note of the one who changes the trees; see struct ngx_http_healthpass_zone_shared_s.
sub mark_as_changing {
    my ($pid) = $nginx->workers;
    open my $maps, '<', "/proc/$pid/maps" or return;
    open my $memory, '+<:raw', "/proc/$pid/mem" or return;
    while (<$maps>) {
        my ($from, $to) = map { hex } /^([0-9a-f]+)-([0-9a-f]+) rw-s/ or next;
        sysseek $memory, $from, 0 or return;
        sysread $memory, my $bytes, $to - $from or return;
        my @words = unpack 'Q*', $bytes;
        for my $i (0 .. $#words - 5) {
            # version, changing, and a tree of root, sentinel, and a function before that sentinel
            next if $words[$i] != 1 || $words[$i + 1] != 0 || $words[$i + 3] != $from + 8 * ($i + 5);
            sysseek $memory, $from + 8 * ($i + 1), 0 or return;
            return syswrite($memory, pack 'Q', 1) == 8;
        }
    }
    return;
}

# A text as it may be written down.
sub forms {
    my ($text) = @_;
    my @plain = map { encode($_, $text), encode($_, uc $text), encode($_, lc $text) } qw(UTF-8 iso-8859-1 UTF-16LE UTF-16BE);
    my @coded;
    for my $bytes (@plain) {
        push @coded, unpack('H*', $bytes), uc unpack('H*', $bytes), HP::hp_base45($bytes),
            $bytes =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
        # base64 at any place of the three: what is whole of it
        for my $skip (0 .. 2) {
            my $inner = encode_base64(substr($bytes, $skip), '') =~ s/=*\z//r;
            push @coded, substr $inner, 0, 4 * int(length(substr $bytes, $skip) / 3);
        }
    }
    my %seen;
    return grep { length > 4 && !$seen{$_}++ } @plain, @coded;
}

my %secrets = (
    'the family name' => [ $family, 'PRUEFLING', 'Prüfling' ], 'the given name' => [ $given, 'ERNA<LUISE' ],
    'the birth date' => [ $born, '19710203' ],
    'the number' => [ $number, substr($number, 9), 'ZQ7XW4KD9PAB' ],
    'the text' => [ substr($pass, 4, 40), substr($pass, -40), substr($again, 4, 40) ],
    'the accounts' => [ 'ann@example.org', 'bob@example.org', 'visitor7@example.org' ],
);

my $id = top()->[0]{id};
SKIP: {
    my $memory = shared_memory();
    skip 'the memory of another process cannot be read here', 2 + keys %secrets unless defined $memory;
    cmp_ok(length $memory, '>=', 1024 * 1024, 'the zone is read');
    ok(index($memory, pack 'H*', $id) >= 0, '... the keyed id is found in it');
    for my $what (sort keys %secrets) {
        my @found = grep { index($memory, $_) >= 0 } map { forms($_) } @{ $secrets{$what} };
        is(scalar @found, 0, "... and nothing of $what");
    }
}
for my $what (sort keys %secrets) {
    my @found = grep { index($nginx->error_log . $nginx->access_log, $_) >= 0 } map { forms($_) } @{ $secrets{$what} };
    is(scalar @found, 0, "nothing of $what in a log");
}
unlike($nginx->error_log, qr/\Q$id\E/, 'nor the id that would link visits of many days');

# ---- workers that are killed ------------------------------------------------------------------

my %accepted;
my $kept = issue('URN:UVCI:01:AT:KILLED000001');
is(show($kept, 'p0'), 200, 'who came first');
for my $round (1 .. ROUNDS) {
    my @clients = map {
        my $pid = fork // die;
        if ($pid == 0) {
            my %in;
            for (1 .. 12) {
                my $who = 'p' . int rand PEOPLE;
                my $code = eval { show($kept, $who) } // 0;
                $in{$who} = 1 if $code == 200;
            }
            hp_write("$dir/client.$$", join ' ', keys %in);
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. 3;
    sleep 0.01 + rand 0.02;
    my ($victim) = $nginx->workers;
    kill 'KILL', $victim if $victim;
    for my $pid (@clients) {
        waitpid $pid, 0;
        $accepted{$_} = 1 for split ' ', HP::Server::slurp("$dir/client.$pid");
    }
    $nginx->wait_for(sub { my @now = $nginx->workers; @now == 2 && !grep { $_ == $victim } @now });
}
cmp_ok(scalar keys %accepted, '<=', LIMIT, ROUNDS . ' workers killed under load: no more than ' . LIMIT . ' are let in');
is(show($kept, 'p0'), 200, '... and who came first keeps his place');
is(show($renewed, 'dan@example.org'), 200, '... and every other pass is counted on');

# A worker that dies within the lock may leave half a tree: here its mark is left instead.
SKIP: {
    skip 'the memory of another process cannot be written here', 5 unless mark_as_changing();
    is(show($kept, 'p99'), 200, 'a zone that was left half changed begins anew');
    is(show($kept, "q$_"), $_ < LIMIT ? 200 : 403, '... and counts') for 1 .. LIMIT;
    is($nginx->count(qr/\[alert\].*begins anew: a worker died while it changed the zone/), 1, '... and says so once');
    show($pass, "again$_") for 1 .. 3;
}

# ---- reloads -----------------------------------------------------------------------------------

ok($nginx->reload, 'a reload');
is(show($pass, 'dan@example.org'), 403, '... goes on with what was counted');
is($nginx->count('begins anew: the uses'), 0, '... and says nothing');
for my $other ('uses 2m', 'others 2m') {
    $nginx->configure(http => $gate{http} =~ s/uses 1m/$other/r);
    ok($nginx->reload, "a reload with healthpass_zone $other");
    is(show($pass, 'dan@example.org'), 200, '... counts from none');
}
like($nginx->error_log, qr/\[warn\].*healthpass_zone "uses" begins anew: the uses in "uses" are forgotten/, 'another size is told of');
like($nginx->error_log, qr/\[warn\].*healthpass_zone "others" begins anew: the uses in "uses" are forgotten/, '... and another name');
is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log =~ s/^.*(exited on signal 9|was locked by \d+|a worker died while .*)\n//mgr, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- another binary ------------------------------------------------------------------------------

# A master that has a parent does not change its binary: this one is a daemon, ended by its id.  It
# runs itself again by the name that it was called.
# nginx hands on none of its environment unless told: a sanitizer's runtime has to be there too.
$nginx = HP::Server->new(%gate, main => join ' ', map { "env $_;" } (grep { defined $ENV{$_} }
    qw(ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS)), $ENV{TEST_NGINX_LD_PRELOAD} ? 'LD_PRELOAD' : ());
my ($binary, @options) = $nginx->command;
($binary) = grep { -x } $binary, map { "$_/$binary" } split /:/, $ENV{PATH} if $binary !~ m{^/};
sub pid { return HP::Server::slurp("$nginx->{dir}/nginx.pid$_[0]") =~ /(\d+)/ ? $1 : 0 }
{
    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';
    system($binary, @options) == 0 or die 'nginx does not start';
}
ok($nginx->wait_for(sub { pid('') }), 'nginx runs as a daemon');
my $old = pid('');
is(show($pass, "account$_"), $_ <= LIMIT ? 200 : 403, "account $_") for 1 .. 4;
kill 'USR2', $old;
ok($nginx->wait_for(sub { pid('.oldbin') == $old && pid('') && pid('') != $old }), 'USR2 starts another master');
my $new = pid('');
kill 'QUIT', $old;
ok($nginx->wait_for(sub { !-e "$nginx->{dir}/nginx.pid.oldbin" }), 'the old one leaves');
is(show($pass, 'account4'), 200, 'a new binary begins with an empty zone');
is(show($pass, "account$_"), $_ < 3 ? 200 : 403, "... and counts: account $_") for 1 .. 3;
kill 'QUIT', $new;
ok($nginx->wait_for(sub { !-e "$nginx->{dir}/nginx.pid" }), 'nginx ends');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
