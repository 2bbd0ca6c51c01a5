package HP::Redis;

# A redis-server of the test's own, on a socket and a port, in a folder of its own.

use strict;
use warnings;

use File::Temp ();
use IO::Socket::UNIX ();
use POSIX ();
use Time::HiRes ();

# Options are those of redis-server's command line, with and without their values.
sub new {
    my ($class, $port, @options) = @_;
    my $self = bless { port => $port, options => \@options }, $class;
    $self->{dir} = File::Temp::tempdir('healthpass-redis-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $self->{dir};
    $self->{socket} = "$self->{dir}/redis.sock";
    return $self->start;
}

sub start {
    my $self = shift;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec 'redis-server', '--port', $self->{port}, '--bind', '127.0.0.1', '--save', '', '--dir', $self->{dir},
            '--unixsocket', $self->{socket}, '--unixsocketperm', '777', '--logfile', 'log', @{ $self->{options} };
        die "exec: $!";
    }
    $self->{pid} = $pid;
    for (1 .. 400) {
        return $self if $self->connect;
        last if waitpid($pid, POSIX::WNOHANG()) != 0;
        Time::HiRes::sleep(0.05);
    }
    die 'redis-server does not start';
}

sub connect { return IO::Socket::UNIX->new(Peer => $_[0]{socket}) }

sub signal {
    my ($self, $signal) = @_;
    kill $signal, $self->{pid};
    return $self;
}

sub kill_it {
    my $self = shift;
    my $pid = delete $self->{pid} or return;
    kill 'CONT', $pid;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    unlink $self->{socket};
    return $self;
}

sub DESTROY {
    my $self = shift;
    local ($?, $!);
    $self->kill_it;
}

# One command; its answer, lists as references.
sub ask {
    my ($self, @words) = @_;
    my $socket = $self->connect or die "redis: $!";
    say_to($socket, 'AUTH', $self->{password}) if defined $self->{password};
    return say_to($socket, @words);
}

sub say_to {
    my ($socket, @words) = @_;
    print $socket '*' . @words . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @words;
    $socket->flush;
    return answer($socket);
}

sub answer {
    my $socket = shift;
    my $line = <$socket> // die 'redis: no answer';
    my ($kind, $rest) = $line =~ /^(.)(.*)\r\n/;
    die "redis: $rest\n" if $kind eq '-';
    return [ map { answer($socket) } 1 .. $rest ] if $kind eq '*';
    return $rest if $kind ne '$';
    return if $rest < 0;
    read $socket, my $text, $rest + 2;
    return substr $text, 0, $rest;
}

1;
