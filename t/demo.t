#!/usr/bin/perl
# The demo venue answers each line that it prints as it says, serves its page, and
# leaves nothing behind, however it ends.
use strict;
use warnings;
use File::Temp 'tempdir';
use IO::Socket::INET;
use POSIX ':sys_wait_h';
use Test::More;

$ENV{BUILD} ||= 'build';
my $demo = 'ngx_module/demo/run';
delete $ENV{PORT};

# A sanitized module needs its runtime in nginx, and only there.
if (my $runtime = delete $ENV{HEALTHPASS_PRELOAD}) {
    my $bin = tempdir('hp-demo-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    open my $out, '>', "$bin/nginx" or die "$bin/nginx: $!";
    print $out "#!/bin/sh\nLD_PRELOAD=$runtime PATH=\${PATH#*:}:/usr/sbin exec nginx \"\$@\"\n";
    close $out or die "$bin/nginx: $!";
    chmod 0755, $bin, "$bin/nginx";
    $ENV{PATH} = "$bin:$ENV{PATH}";
}

# A port that is free now; *hold keeps it taken.
sub port {
    my ($hold) = @_;
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "socket: $!";
    $$hold = $socket if $hold;
    return $socket->sockport;
}

# The demo as a process that Ctrl-C reaches, in a group of its own; its words in $demo->{said}.
sub start {
    my ($port) = @_;
    pipe my $out, my $in or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        setpgrp;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        open STDOUT, '>&', $in or die;
        open STDERR, '>&', $in or die;
        $ENV{PORT} = $port;
        exec $demo or die "$demo: $!";
    }
    close $in;
    return { pid => $pid, out => $out, said => '' };
}

# Reads until the words match, or the demo ends.
sub listen_for {
    my ($demo, $words) = @_;
    local $SIG{ALRM} = sub { die "the demo says no $words: $demo->{said}\n" };
    alarm 60;
    while ($demo->{said} !~ $words and sysread $demo->{out}, my $more, 65536) {
        $demo->{said} .= $more;
    }
    alarm 0;
    return $demo->{said} =~ $words;
}

# Both the demo and nginx stand in the folder; a worker's name does not tell it.
sub processes {
    my ($folder) = @_;
    return grep { (readlink "$_/cwd" // '') =~ /^\Q$folder\E/ } glob '/proc/[0-9]*';
}

# Ends the demo by a signal to the whole group, as a terminal does, or to it alone.
sub end {
    my ($demo, $name, $whole) = @_;
    my ($folder) = $demo->{said} =~ m{(/tmp/healthpass-demo\.\w+)} or die "no folder: $demo->{said}";
    ok(-d $folder && processes($folder), 'it runs, and has a folder');
    kill $name, $whole ? -$demo->{pid} : $demo->{pid};
    listen_for($demo, qr/(?!)/); # nobody holds its standard output any more
    waitpid $demo->{pid}, 0;
    my $status = $?;
    ok(!-e $folder, "$name: no folder is left");
    is(scalar processes($folder), 0, "$name: no process is left");
    return $status;
}

sub refused {
    my ($port, $words, $what) = @_;
    my $demo = start($port);
    ok(listen_for($demo, $words), "$what: $words") or diag $demo->{said};
    listen_for($demo, qr/(?!)/);
    waitpid $demo->{pid}, 0;
    is($? >> 8, 1, "$what: exit 1");
}

# ---- every line as printed ------------------------------------------------------

my $port = port();
my $venue = start($port);
ok(listen_for($venue, qr/appears below/), 'the demo starts') or BAIL_OUT($venue->{said});
my @lines = $venue->{said} =~ /^  # (.+\n  (?:curl|mv|\S+healthpassctl) .+)$/mg;
cmp_ok(scalar @lines, '>=', 11, 'it prints lines to paste');
my %seen;
for (@lines) {
    my ($answer, $line) = /^(.+)\n  (.+)$/;
    is(`$line`, "$answer\n", $answer);
    $seen{ substr $answer, 0, 3 }++;
}
is_deeply([ sort keys %seen ], [ 200, 401, 403, 503 ], 'accepted, no pass, refused, fault');

# ---- the page ---------------------------------------------------------------------

my ($folder) = $venue->{said} =~ m{(/tmp/healthpass-demo\.\w+)};
my $curl = "curl -s -w '%{http_code} %{content_type}' -H 'Accept: text/html'";
for (
    [ '', '/', '200', qr{<label for="pass">Health pass</label>} ],
    [ "--data-urlencode pass\@$folder/site/good", '/book', '200', qr/Your seat is booked/ ],
    [ "--data-urlencode pass\@$folder/site/expired", '/book', '403', qr/does not meet the entry rules/ ],
    [ "--data-urlencode pass\@$folder/site/old", '/book', '403', qr/at most 72/ ],
    [ "--data-urlencode pass\@$folder/site/forged", '/book', '403', qr/could not be verified/ ],
    [ '', '/book', '401', qr/Please show your health pass/ ],
) {
    my ($options, $path, $status, $words) = @$_;
    my $page = `$curl $options http://127.0.0.1:$port$path`;
    like($page, $words, "page $path: $words");
    like($page, qr{\Q$status text/html; charset=utf-8\E$}, "page $path: $status");
    unlike($page, qr/an error occurred|\(none\)|<!--#/, "page $path: nothing is left to be filled in");
    is(() = $page =~ /value="HC1:[^"<>]+"/g, 4, "page $path: four passes to try");
}

# ---- what it logs, and how it ends -----------------------------------------------

is(end($venue, 'INT', 1) >> 8, 130, 'Ctrl-C: exit 130');
like($venue->{said}, qr/refused, reason=signature/, 'the operator reads why');
like($venue->{said}, qr/refused, reason=denied-here, stage=revocation, list=deny-list/, 'and that it was blocked');
like($venue->{said}, qr/refused, reason=rule-failed.*, rule=TR-XX-9005/, 'and which rule');
unlike($venue->{said}, qr/HC1:|EXAMPLE/i, 'and nothing of a pass');

for my $name (qw(TERM HUP)) {
    my $demo = start(port());
    listen_for($demo, qr/appears below/);
    is(end($demo, $name, 0) >> 8, 143, "$name: exit 143");
}

my $failing = start(port());
listen_for($failing, qr/appears below/);
my ($home) = $failing->{said} =~ m{(/tmp/healthpass-demo\.\w+)};
kill 'TERM', do { open my $in, '<', "$home/nginx.pid" or die; <$in> + 0 };
ok(listen_for($failing, qr/nginx ended by itself/), 'nginx ends: said');
listen_for($failing, qr/(?!)/);
waitpid $failing->{pid}, 0;
ok($? >> 8 == 1 && !-e $home, 'nginx ends: exit 1, no folder is left');

# ---- refusals ------------------------------------------------------------------------

refused(port(\my $held), qr/^demo: port \d+ is taken: try PORT=\d+ make run$/m, 'a taken port');
refused($_, qr/^demo: PORT=\Q$_\E: expected a number from 1 to 65535$/m, "PORT=$_")
    for '80x', '0', '65536', '-1', '08080';
{
    local $ENV{BUILD} = '/nonexistent';
    refused(port(), qr/^demo: .* holds no finished build: run make first$/m, 'no build');
}

done_testing;
