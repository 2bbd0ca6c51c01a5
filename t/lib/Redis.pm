# A redis-server of the test's own, on a socket in a folder of its own: ended with the test.
package Redis;

use strict;
use warnings;
use File::Temp ();
use Time::HiRes 'sleep';

sub installed { return system('command -v redis-server >/dev/null && command -v redis-cli >/dev/null') == 0 }

# Further options are those of redis-server, without dashes.
sub new {
    my ($class, %options) = @_;
    my $dir = File::Temp::tempdir('healthpass-redis-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    my $self = bless { dir => $dir, socket => "$dir/redis.sock", options => \%options }, $class;
    return $self->start;
}

sub start {
    my ($self) = @_;
    my %o = (port => 0, save => '', appendonly => 'no', %{ $self->{options} });
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', '--unixsocket', $self->{socket}, '--unixsocketperm', '777', '--dir', $self->{dir},
            map { ("--$_", $o{$_}) } sort keys %o;
        die "redis-server: $!";
    }
    $self->{pid} = $pid;
    for (1 .. 200) {
        return $self if $self->cli('ping') =~ /PONG|NOAUTH/;
        sleep 0.05;
    }
    die 'redis-server does not start';
}

# What it answers, without the line end.
sub cli {
    my ($self, @words) = @_;
    open my $out, '-|', 'sh', '-c', 'exec redis-cli -s "$@" 2>&1', 'sh', $self->{socket}, @words or die $!;
    my $text = do { local $/; <$out> } // '';
    close $out;
    chomp $text;
    return $text;
}

# SET with any bytes.
sub set {
    my ($self, $key, $value) = @_;
    open my $in, '|-', 'sh', '-c', 'exec redis-cli -s "$@" >/dev/null', 'sh', $self->{socket}, '-x', 'set', $key or die $!;
    print $in $value;
    close $in or die "redis-cli: $?";
}

sub freeze { kill 'STOP', $_[0]{pid} }
sub thaw   { kill 'CONT', $_[0]{pid} }

# As a machine that lost power: nothing is saved.
sub kill_it {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!);
    $self->kill_it;
}

1;
