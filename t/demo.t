#!/usr/bin/perl
# The demo venue answers each line that it prints as it says, sells its seats, and
# leaves nothing behind, however it ends.
use strict;
use warnings;
use File::Temp 'tempdir';
use HTTP::Tiny;
use IO::Socket::INET;
use POSIX 'strftime';
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

sub command {
    my ($process) = @_;
    open my $in, '<', "$process/cmdline" or return '';
    return do { local $/; <$in> } // '';
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
my @lines = $venue->{said} =~ /^  # (.+\n  (?:curl|\S+healthpassctl) .+)$/mg;
cmp_ok(scalar @lines, '>=', 7, 'it prints lines to paste');
my %seen;
for (@lines) {
    my ($answer, $line) = /^(.+)\n  (.+)$/;
    is(`$line` =~ s/\n?$/\n/r, "$answer\n", $answer);
    $seen{ substr $answer, 0, 3 }++;
}
is_deeply([ sort keys %seen ], [ 200, 401, 403, 'rea' ], 'accepted, no pass, refused, and ready');

# ---- a booking, step by step ------------------------------------------------------------

my ($folder) = $venue->{said} =~ m{(/tmp/healthpass-demo\.\w+)};
my $site = "http://127.0.0.1:$port";
my $bank = "http://localhost:$port";
my $http = HTTP::Tiny->new(max_redirect => 0);
my @evenings = map { strftime('%Y-%m-%d', localtime(time + $_ * 86400)) } 0 .. 2;
my %born = (camille => [ 'Camille Martin', '1984-03-12' ], jules => [ 'Jules Bonnet', '1979-11-02' ]);

sub pass_of {
    my ($name) = @_;
    open my $in, '<', "$folder/site/passes/$name.txt" or die "$name: $!";
    chomp(my $text = <$in>);
    return $text;
}

our $clearance; # the cookie, where a browser would send it

# The answer to a form: its status, where it leads, and its page.
sub post {
    my ($url, @fields) = @_;
    my $answer = $http->post_form($url, \@fields, { headers => { $clearance ? (Cookie => $clearance) : () } });
    ($clearance) = $1 if ($answer->{headers}{'set-cookie'} // '') =~ /^(clearance=[\w-]+);/;
    return ($answer->{status}, $answer->{headers}{location} // '', $answer->{content});
}

sub page {
    my ($path) = @_;
    my $answer = $http->get("$site$path");
    is($answer->{headers}{'content-type'}, 'text/html; charset=utf-8', "$path: a page");
    like($answer->{headers}{'content-security-policy'}, qr/^default-src 'self'.*form-action/, "$path: nothing from elsewhere");
    my $page = $answer->{content} =~ s/"HC1:[^"]+"//gr; # which may look like anything
    ok($page !~ /\$\w|<(?:style|script)>|\sstyle=|\son\w+=/, "$path: filled in, nothing inline");
    return $answer->{content};
}

# The booking's id.
sub hold {
    my ($day, @seats) = @_;
    my ($status, $to) = post("$site/hold", day => $day, map { (seat => $_) } @seats);
    is($status, 303, "@seats: kept");
    return $to =~ m{^/persons\?booking=(\w+)$} ? $1 : BAIL_OUT("no booking: $to");
}

sub book {
    my ($booking, $day, @persons) = @_;
    return show('book', $booking, $day, @persons);
}

sub show {
    my ($page, $booking, $day, @persons) = @_;
    return post("$site/$page?booking=$booking", day => $day, count => @persons / 3,
        map { (name => $persons[3 * $_], dob => $persons[3 * $_ + 1], pass => $persons[3 * $_ + 2]) } 0 .. @persons / 3 - 1);
}

like(page('/'), qr/value="B4"[^>]*><span/, 'the house: a free seat');
my $booking = hold($evenings[0], 'B4');
like(page('/'), qr/value="B4"[^>]* disabled>/, 'the house: it is taken');
unlike(page("/?day=$evenings[1]"), qr/value="B4"[^>]* disabled>/, 'the house: another evening');
is((post("$site/hold", day => $evenings[0], seat => 'B4'))[0], 409, 'a taken seat');
is((post("$site/hold", day => $evenings[0], map { (seat => $_) } @$_))[0], 400, "seats: @$_")
    for [], ['G1'], ['A9'], ['B'], [ map { "E$_" } 1 .. 7 ];
like(page("/persons?booking=$booking"), qr{Person 1 <span>seat B4</span>}, 'a set of fields a person');

for (
    [ 'no pass', '', 401, qr/Please show your health pass/ ],
    [ 'forged', pass_of('hugo'), 403, qr/could not be verified/ ],
    [ 'somebody else\'s', pass_of('sacha'), 403, qr/could not be verified/ ],
) {
    my ($what, $pass, $expected, $words) = @$_;
    my ($status, undef, $page) = book($booking, $evenings[0], @{ $born{camille} }, $pass);
    is($status, $expected, "$what: $expected");
    like($page, qr/role="alert"[^>]*>.*?$words.*?reference is <strong>[0-9a-f]{8}</s, "$what: said, with a reference");
    like($page, qr/value="Camille Martin"/, "$what: what was written stays");
}
is((book($booking, $evenings[0], 'Anne Roux', '1991-06-23', pass_of('anne')))[2] =~ /at most 72/, 1, 'an old test: the rule');
is((book($booking, $evenings[0], 'Paul Petit', '1966-01-30', pass_of('paul')))[0], 403, 'an ended one: 403');

my ($status, $to) = book($booking, $evenings[0], @{ $born{camille} }, pass_of('camille'));
is("$status $to", "303 $bank/pay?booking=$booking", 'accepted: to the bank, which is another site');
my ($receipt) = $http->get($to)->{content} =~ /name="receipt" value="(\w+)"/;
is($http->get("$bank/")->{headers}{location}, "$site/", 'the bank has no other page');
ok($clearance, 'accepted: with a clearance');
is((show('ticket', $booking, $evenings[0], @{ $born{camille} }, ''))[0], 409, 'no ticket before it is paid');
is((post("$site/paid", booking => $booking, receipt => $receipt =~ tr/0-9a-f/1-9a-f0/r))[0], 400, 'a payment that was none');
{
    local $clearance; # a POST from another site
    ($status, undef, my $page) = post("$site/paid", booking => $booking, receipt => $receipt);
    is($status, 200, 'paid');
    like($page, qr{action="/ticket\?booking=$booking".*value="$evenings[0]".*value="Camille Martin"}s, 'paid: to the ticket');
    is((show('ticket', $booking, $evenings[0], @{ $born{camille} }, ''))[0], 401, 'no ticket without a clearance');
    is($http->get("$site/ticket?booking=$booking")->{status}, 401, 'nor for its address alone');
    like((show('ticket', $booking, $evenings[0], @{ $born{camille} }, pass_of('camille')))[2],
        qr/<b>B4/, 'but for the pass again');
}
is((show('ticket', $booking, $evenings[0], 'Jules Bonnet', $born{camille}[1], ''))[0], 401, 'no ticket for others');
is((show('ticket', 'BCDFGHJKLM', $evenings[0], @{ $born{camille} }, ''))[0], 401, 'nor for another booking');
my $block = "$ENV{BUILD}/healthpassctl revoke %s --policy $folder/policy/policy.conf --pass $folder/site/passes/camille.txt >/dev/null";
system sprintf "$block; sleep 1", 'add';
is((show('ticket', $booking, $evenings[0], @{ $born{camille} }, ''))[0], 401, 'nor for a clearance whose pass is blocked');
system sprintf "$block; sleep 1", 'remove';
my $ticket = (show('ticket', $booking, $evenings[0], @{ $born{camille} }, ''))[2];
like($ticket, qr{<span>Camille Martin</span> <b>B4</b>.*$booking}s, 'the ticket');
undef $clearance;
is((book($booking, $evenings[0], @{ $born{camille} }, pass_of('camille')))[0], 409, 'a booking is booked once');
is((book('BCDFGHJKLM', $evenings[0], @{ $born{camille} }, pass_of('camille')))[0], 404, 'no such booking');

# ---- a party -----------------------------------------------------------------------------

my @child = ('Lou Martin', strftime('%Y-%m-%d', localtime(time - 8 * 365 * 86400)), '');
my @camille = (@{ $born{camille} }, pass_of('camille'));
my @jules = (@{ $born{jules} }, pass_of('jules'));
my $party = hold($evenings[1], qw(D3 D4 D5));
for (
    [ 'the second is somebody else\'s', 2, @camille, @{ $born{jules} }, pass_of('sacha'), @child ],
    [ 'the second has none', 2, @camille, @{ $born{jules} }, '', @child ],
    [ 'one pass twice', 2, @camille, @camille, @child ],
    [ 'a child that is none', 3, @camille, @jules, 'Lou Martin', '2001-01-01', '' ],
) {
    my ($what, $who, @persons) = @$_;
    my ($status, undef, $page) = book($party, $evenings[1], @persons);
    ok($status =~ /^40[13]$/, "$what: refused") or diag $status;
    like($page, qr{role="alert"[^>]*><p><a href="#person-$who">Person $who</a>: }, "$what: said, and at whom");
    is(join(',', $page =~ /class="person bad" id="(person-\d)"/g), "person-$who", "$what: the field");
    like($page, qr/id="pass-1"[^>]* value="HC1:/, "$what: the others need not be shown again") if $who > 1;
}
is((post("$site/book?booking=$party", day => $evenings[1], count => 1, name => $camille[0], dob => $camille[1],
    pass => $camille[2]))[0], 400, 'fewer persons than seats');
is((book($party, $evenings[1], @camille, @jules, @child))[0], 303, 'two adults and a child: booked');

# Three bookings a day for one pass.
is((book(hold($evenings[1], 'C3'), $evenings[1], @camille))[0], 403, 'a fourth booking: refused');

# What the gate did not judge is not sold: persons and day stand in the body, and the booking is
# the one that nginx calls $arg_booking, for which it counts a use of the pass.
my @sacha = ('Sacha Noir', '1995-05-05', pass_of('sacha'));
my $two = hold($evenings[1], qw(F3 F4));
is((book("$two&count=2&name=Eve&dob=1990-01-01", $evenings[1], @sacha))[0], 400, 'persons in the address are none');
my ($one, $another) = map { hold($evenings[2], $_) } qw(F5 F6);
is((book("$one&day=$evenings[2]", $evenings[1], @sacha))[0], 400, 'nor is a day there the day of the visit');
for my $address ("BOOKING=$one&booking=$another", "%62ooking=$another&booking=$one") {
    is((post("$site/book?$address", day => $evenings[2], count => 1, name => $sacha[0], dob => $sacha[1],
        pass => $sacha[2]))[1], "$bank/pay?booking=$one", 'a use is counted for the booking that is booked');
}

# ---- people, staff, and the gate's own page ------------------------------------------------

my $people = page('/people');
is(() = $people =~ /<input id="text-\w+" readonly value="HC1:[^"<>]+">/g, 6, 'people: six passes as texts');
my $door = sub { return $http->post_form("$site/door", { pass => pass_of($_[0]) })->{content} };
like($door->($_->[0]), qr/^200 ok/, "the door takes $_->[1]") for [ 'card', 'a SMART Health Card' ], [ 'seal', 'a 2D-DOC' ], [ 'visa', 'a VDS-NC' ];
is($http->get("$site$_")->{headers}{'content-type'}, 'image/png', "people: $_") for $people =~ /src="(\S+\.png)"/g;
is($http->get("$site/refused")->{status}, 404, 'nobody asks for a refusal');
is($http->get("$site$_")->{status}, 404, "$_ is no page") for qw(/staff.t /people.txt /site/app.py /policy/policy.conf);

my ($password) = $venue->{said} =~ /user staff, password (\w+)/;
is($http->get("$site/staff/")->{status}, 401, 'staff: a login');
is($http->get("http://staff:wrong\@127.0.0.1:$port/staff/")->{status}, 401, 'staff: another password');
like($http->get("http://staff:$password\@127.0.0.1:$port/staff/")->{content}, qr{<td>B4</td><td>Camille Martin</td>},
    'staff: who has paid for tonight');
my $shown = $http->post_form("http://staff:$password\@127.0.0.1:$port/staff/check", [ pass => pass_of('camille') ]);
is($shown->{content}, '{"accept":true,"name":"Camille Martin","dob":"1984-03-12"}', 'staff: whose pass it is');
is((post("$site/staff/check", pass => pass_of('camille')))[0], 401, 'staff: nothing without the login');
is(sprintf('%04o', (stat "$folder/staff")[2] & 07777), '0600', 'staff: the password is nobody\'s to read');
is($http->get("$site/status")->{headers}{'content-type'}, 'application/json', 'status: JSON');
like($http->get("$site/status/prometheus")->{content}, qr/^healthpass_decisions_total\{.*"accepted".*\} [1-9]/m, 'status: metrics');

# ---- what it logs, and how it ends -----------------------------------------------

is(end($venue, 'INT', 1) >> 8, 130, 'Ctrl-C: exit 130');
like($venue->{said}, qr/refused, reason=signature/, 'the operator reads why');
like($venue->{said}, qr/refused, reason=denied-here, stage=revocation, list=deny-list/, 'and that it was blocked');
like($venue->{said}, qr/refused, reason=rule-failed.*, rule=TR-XX-9005/, 'and which rule');
my ($log) = $venue->{said} =~ m{demo/pam\.d/\.\n(.*)}s;
unlike($log, qr/HC1:|Camille|Martin|1984/i, 'and nothing of a pass');
unlike($log, qr/Traceback|upstream|open\(\)/, 'and nothing went wrong');

for my $name (qw(TERM HUP)) {
    my $demo = start(port());
    listen_for($demo, qr/appears below/);
    is(end($demo, $name, 0) >> 8, 143, "$name: exit 143");
}

for ([ 'nginx', qr/^nginx: master/ ], [ 'the booking application', qr/^\S*python3\0app\.py/ ]) {
    my ($part, $is) = @$_;
    my $failing = start(port());
    listen_for($failing, qr/appears below/);
    my ($home) = $failing->{said} =~ m{(/tmp/healthpass-demo\.\w+)};
    kill 'TERM', map { /(\d+)/ } grep { command($_) =~ $is } processes($home);
    ok(listen_for($failing, qr/$part ended by itself/), "$part ends: said");
    listen_for($failing, qr/(?!)/);
    waitpid $failing->{pid}, 0;
    ok($? >> 8 == 1 && !-e $home, "$part ends: exit 1, no folder is left");
}

# ---- refusals ------------------------------------------------------------------------

refused(port(\my $held), qr/^demo: port \d+ is taken: try PORT=\d+ make run$/m, 'a taken port');
refused($_, qr/^demo: PORT=\Q$_\E: expected a number from 1 to 65535$/m, "PORT=$_")
    for '80x', '0', '65536', '-1', '08080';
{
    local $ENV{BUILD} = '/nonexistent';
    refused(port(), qr/^demo: .* holds no finished build: run make first$/m, 'no build');
}

done_testing;
