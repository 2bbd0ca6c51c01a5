# A wall clock that is set, forward and back, changes nothing in what a ledger has counted: not in
# nginx's zone, not in a file of the machine, and not in a fleet's Redis.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use IO::Socket::UNIX ();
use POSIX ();
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
my $cc = $ENV{CC} || 'cc';
system("$cc -shared -fPIC -O1 -o '$dir/clock.so' t/lib/clock.c") == 0 or die "$cc: t/lib/clock.c";

# The clock of all who are started from here on is so many hours ahead.
sub set_clock {
    my ($hours) = @_;
    open my $out, '+<:raw', "$dir/clock" or die "$dir/clock: $!";
    print $out pack 'q', $hours * 3600;
    close $out;
}
hp_write("$dir/clock", pack 'q', 0);
$ENV{HP_CLOCK} = "$dir/clock";

my $redis = "$dir/redis.sock";
my $server = fork // die "fork: $!";
if ($server == 0) {
    open STDOUT, '>', '/dev/null';
    exec 'redis-server', '--port', 0, '--unixsocket', $redis, '--save', '', '--appendonly', 'no', '--dir', $dir or POSIX::_exit(1);
}
END { local $?; kill 'TERM', $server if $server }
for (1 .. 200) { last if IO::Socket::UNIX->new(Peer => $redis); sleep 0.05 }

# the certificate of a throw-away issuer begins today
my $ever = 'signer_validity = "off";';
hp_policy('zone', $ever);
hp_policy('fleet', $ever, "ledger = \"unix:$redis\";");
hp_policy('kiosk', $ever, "ledger = \"file:$dir/uses\";");
my $nginx;
{
    local $ENV{TEST_NGINX_LD_PRELOAD} = join ' ', grep { $_ } $ENV{TEST_NGINX_LD_PRELOAD}, "$dir/clock.so";
    my $reuse = 'healthpass_verify on; healthpass_reuse limit=1 window=1h by=$http_x_account action=refuse; empty_gif;';
    $nginx = HP::Server->new(
        http => "healthpass_zone uses 1m; healthpass_policy $dir/zone.conf; add_header X-Clock \$msec always;",
        server => "location /zone { $reuse } location /fleet { healthpass_policy $dir/fleet.conf; $reuse }",
    )->start;
}
# of a day that lies before all of these clocks
my $pass = HP::hp_issue('issuer', '--preset', 'adult-full', '--iat', POSIX::strftime('%FT%TZ', gmtime time - 7 * 86400));
sub show { return scalar $nginx->get($_[0], headers => [ "X-Health-Pass: $pass", "X-Account: $_[1]" ]) }

mkdir "$dir/pam.d";
my $module = $ENV{PAM_HEALTHPASS} || 'build/pam_healthpass.so';
hp_write("$dir/pam.d/kiosk", "auth required $module match=none reuse=window:1h:1 fail-delay=0s policy=$dir/kiosk.conf\n");

sub login {
    my ($tty) = @_;
    local $ENV{LD_PRELOAD} = join ' ', grep { $_ } $ENV{HEALTHPASS_PRELOAD}, 'libpam_wrapper.so', "$dir/clock.so";
    local $ENV{PAM_WRAPPER} = 1;
    local $ENV{PAM_WRAPPER_SERVICE_DIR} = "$dir/pam.d";
    local $ENV{PAM_WRAPPER_DISABLE_DEEPBIND} = 1 if $ENV{HEALTHPASS_PRELOAD};
    local $SIG{PIPE} = 'IGNORE';
    open my $in, '|-', "exec pamtester -Itty=$tty kiosk root authenticate >/dev/null 2>&1" or die "pamtester: $!";
    print $in "$pass\n";
    close $in;
    return $? == 0 ? 200 : 403;
}

my %door = (zone => sub { show('/zone', @_) }, fleet => sub { show('/fleet', @_) }, file => \&login);
for my $door (sort keys %door) {
    is($door{$door}->('one'), 200, "$door: the first");
    is($door{$door}->('two'), 403, '... and no other');
}
for my $hours (2, -2, 48, 0) {
    set_clock($hours);
    ok($nginx->wait_for(sub {
        my ($clock) = ($nginx->get('/'))[1] =~ /^X-Clock: (\d+)/m;
        return abs($clock - time - $hours * 3600) < 60;
    }), "the clock is $hours hours ahead");
    for my $door (sort keys %door) {
        is($door{$door}->('two'), 403, "$door: a place that is taken stays taken");
        is($door{$door}->('one'), 200, '... by whom it was taken');
    }
}
is($nginx->stop, 0, 'nginx ends well');
done_testing();
