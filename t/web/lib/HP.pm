package HP;

# What the web tests share: a throw-away issuer, a policy and passes, made anew for each
# test file; for Test::Nginx a venue behind the gate; and HP::Server, an nginx of
# one's own for what Test::Nginx cannot do.
#
# Never "return 200" in a protected location: return answers before the access phase.

use strict;
use warnings;

use Compress::Zlib ();
use Exporter 'import';
use File::Copy ();
use File::Temp ();

our @EXPORT = qw(hp_dir hp_ctl hp_issuer hp_pass hp_encoded hp_base45 hp_policy hp_write
    hp_store hp_revoked hp_venue hp_blocks hp_header);

my $dir = File::Temp::tempdir('healthpass-web-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $dir;
my $ctl = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my (%passes, %kids);

sub hp_dir { $dir }

sub hp_write {
    my ($path, $text) = @_;
    # a whole file appears at once, as an operator's tool should write it
    open my $out, '>', "$path.new" or die "$path.new: $!";
    print $out $text;
    close $out or die "$path.new: $!";
    rename "$path.new", $path or die "$path: $!";
    return $path;
}

# Runs healthpassctl and answers what it prints.
sub hp_ctl {
    my @args = @_;
    open my $out, '-|', $ctl, @args or die "$ctl: $!";
    my $text = do { local $/; <$out> };
    close $out or die "healthpassctl @args: exit " . ($? >> 8);
    return $text;
}

# Makes an issuer NAME; options are those of keygen.  Answers its key id.
sub hp_issuer {
    my ($name, @options) = @_;
    open my $silent, '>&', \*STDERR;
    open STDERR, '>', '/dev/null';
    my $kid = eval { hp_ctl('keygen', '-o', "$dir/$name", '--country', 'AT', @options) };
    open STDERR, '>&', $silent;
    die $@ unless defined $kid;
    chomp $kid;
    return $kids{$name} = $kid;
}

# Signs a pass by issuer NAME; options are those of issue.
sub hp_issue {
    my ($issuer, @options) = @_;
    my $text = hp_ctl('issue', '--key', "$dir/$issuer/issuer.key",
        '--cert', "$dir/$issuer/issuer.pem", @options);
    chomp $text;
    return $text;
}

# RFC 9285
sub hp_base45 {
    my @bytes = unpack 'C*', shift;
    my @set = ('0' .. '9', 'A' .. 'Z', ' ', '$', '%', '*', '+', '-', '.', '/', ':');
    my $text = '';
    while (@bytes) {
        my ($n, $digits) = (shift @bytes, 2);
        ($n, $digits) = ($n * 256 + shift @bytes, 3) if @bytes;
        for (1 .. $digits) {
            $text .= $set[$n % 45];
            $n = int($n / 45);
        }
    }
    return $text;
}

# A COSE_Sign1 (RFC 9052 4.2) over that CWT, for what issue does not make.
sub hp_signed {
    my ($issuer, $cwt) = @_;
    my $bytes = sub {
        my $n = length $_[0];
        return ($n < 24 ? chr(0x40 + $n) : "\x58" . chr $n) . $_[0];
    };
    my $protected = $bytes->("\xa2\x01\x26\x04\x48" . pack 'H*', $kids{$issuer});
    open my $out, '>:raw', "$dir/signed" or die $!;
    print $out "\x84\x6aSignature1$protected\x40" . $bytes->($cwt);
    close $out;
    open my $in, '-|:raw', 'openssl', 'dgst', '-sha256', '-sign', "$dir/$issuer/issuer.key",
        "$dir/signed" or die $!;
    my $der = do { local $/; <$in> };
    # SEQUENCE { INTEGER r, INTEGER s }, all lengths below 128
    my $n = ord substr $der, 3, 1;
    my ($r, $s) = (substr($der, 4, $n), substr $der, 6 + $n);
    $_ = substr(("\0" x 32) . $_, -32) for $r, $s;
    return 'HC1:' . hp_base45(Compress::Zlib::compress(
        "\xd2\x84$protected\xa0" . $bytes->($cwt) . $bytes->($r . $s)));
}

my %made = (
    good     => sub { hp_issue('issuer', '--preset', 'adult-full') },
    child    => sub { hp_issue('issuer', '--preset', 'child') },
    recovered => sub { hp_issue('issuer', '--preset', 'recovered') },
    expired  => sub { hp_issue('issuer', '--preset', 'adult-full', '--exp', '2021-09-01T00:00:00Z') },
    early    => sub { hp_issue('issuer', '--preset', 'adult-full', '--iat', '2036-01-01T00:00:00Z') },
    forged   => sub { hp_issue('issuer', '--preset', 'adult-full', '--forge') },
    positive => sub { hp_issue('issuer', '--preset', 'test-positive') },
    empty    => sub { hp_issue('issuer', '--preset', 'empty') },
    stranger => sub { hp_issue('stranger', '--preset', 'adult-full') },
    ended    => sub { hp_issue('ended', '--preset', 'adult-full') },
    tester   => sub { hp_issue('tester', '--preset', 'adult-full') },
    spaced   => sub { # holds what URLs and forms damage
        for (1 .. 200) {
            my $text = hp_issue('issuer', '--preset', 'adult-full');
            return $text if $text =~ / / && $text =~ /\+/ && $text =~ /%/;
        }
        die 'no pass with blank, plus and percent';
    },
    encoding    => sub { my $text = hp_pass('good'); substr($text, 40, 1) = 'a'; $text },
    compression => sub { 'HC1:' . hp_base45('this is no zlib stream') },
    envelope    => sub { 'HC1:' . hp_base45(Compress::Zlib::compress('this is no CBOR')) },
    claims      => sub { hp_signed('issuer', "\xa0") },
    link        => sub { 'shlink:/eyJ1cmwiOiJodHRwczovL2EuZXhhbXBsZS8ifQ' },
    unknown     => sub { 'NZCP:/1/2KCEVIQEIVVWK6JNGEASNICZAEP2KALYDZSGSZB2O5SWEOTOPJRXALTDN53G' },
    long        => sub { 'HC1:' . 'A' x 4293 },
    longest     => sub { 'HC1:' . 'A' x 4292 },
);

# The pass of that name, made at first use.
sub hp_pass {
    my $name = shift;
    $made{$name} or die "no pass is called $name";
    return $passes{$name} //= $made{$name}->();
}

# The same percent-encoded, as forms, cookies and bearer tokens want it.
sub hp_encoded {
    my $text = hp_pass(shift);
    $text =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

sub hp_header { return 'X-Health-Pass: ' . hp_pass(shift) . "\n" }

# Writes the policy NAME.conf; further lines override.  Trusts the folder trust.d.
sub hp_policy {
    my ($name, @lines) = @_;
    return hp_write("$dir/$name.conf", join "\n", "trust = \"$dir/trust.d\";",
        'rules = "minimal";', "identity_key = \"$dir/identity.key\";", @lines, '');
}

# Writes a trust store to PATH; options are those of t/lib/store, certificates names of issuers.
sub hp_store {
    my ($path, @options) = @_;
    $kids{$_} and $_ = "$dir/$_/issuer.pem" for @options;
    system('t/lib/store', '-o', $path, @options) == 0 or die "t/lib/store: $?";
    return $path;
}

# Writes a revocation index to PATH; options and names of lists are those of t/lib/revoked.
sub hp_revoked {
    my ($path, @options) = @_;
    system('t/lib/revoked', '-o', $path, @options) == 0 or die "t/lib/revoked: $?";
    return $path;
}

sub make_house {
    hp_issuer('issuer');
    hp_issuer('stranger');
    hp_issuer('ended', '--from', '2020-01-01T00:00:00Z', '--to', '2021-01-01T00:00:00Z');
    hp_issuer('tester', '--usage', 't');
    mkdir "$dir/trust.d";
    mkdir "$dir/nobody.d";
    for my $name (qw(issuer ended tester)) {
        File::Copy::copy("$dir/$name/issuer.pem", "$dir/trust.d/$name.pem") or die $!;
    }
    # workers that are not root read it again when something changes
    hp_write("$dir/identity.key", 'k' x 32);
    chmod 0640, "$dir/identity.key";
    chown 0, scalar getgrnam('www-data'), "$dir/identity.key" if $> == 0;
    chmod 0644, glob "$dir/trust.d/*";
    hp_policy('policy');
    hp_write("$dir/nobody.conf", "trust = \"$dir/nobody.d\";\nrules = \"minimal\";\n");
    hp_write("$dir/strangers.conf", "trust = \"$dir/stranger/issuer.pem\";\nrules = \"minimal\";\n");
}

# What stands behind the gate: it says what reached it.
sub hp_venue {
    my $socket = shift;
    return <<"_EOC_";
    upstream venue { server unix:$socket; }
    server {
        listen unix:$socket;
        access_log off;
        return 200 "venue: \$request_method \$request_uri pass=[\$http_x_health_pass] cookie=[\$http_cookie] auth=[\$http_authorization] verdict=[\$http_x_verdict] length=[\$http_content_length]\\n";
    }
_EOC_
}

# For Test::Nginx: each block has the venue as http://venue and the policy.
sub hp_blocks {
    my %option = @_;
    my $policy = $option{policy} // "$dir/policy.conf";
    $ENV{TEST_NGINX_HTML_DIR} ||= main::html_dir();
    main::add_block_preprocessor(sub {
        my $block = shift;
        my $html = main::html_dir();
        $block->set_value('http_config', hp_venue("$html/venue.sock")
            . "    healthpass_policy $policy;\n    client_body_buffer_size 64k;\n"
            . "    map \$uri \$hp_dir { default $dir; }\n"
            . ($block->http_config // ''));
        # nothing is ever to be wrong on our side, unless a block looks for it
        if (!defined $block->error_log && !defined $block->no_error_log) {
            $block->set_value('no_error_log', "[alert]\n[emerg]\n[crit]\n");
        }
    });
    main::no_long_string();
    main::no_root_location();
}

make_house();
$ENV{TEST_NGINX_HP} = $dir;

# ---- an nginx of one's own -----------------------------------------------------------

package HP::Server;

use strict;
use warnings;

use IO::Socket::INET ();
use POSIX ();
use Time::HiRes ();

# An address that nobody uses now.
sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
    return $socket->sockport;
}

# Options: http (text in http{}), server (text in server{}), main, workers, listen, level.
sub new {
    my ($class, %self) = @_;
    my $self = bless { workers => 1, main => '', http => '', listen => '', level => 'info',
        worker_user => 'root', access => 'combined', %self }, $class;
    $self->{dir} = File::Temp::tempdir('healthpass-nginx-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/$_" for qw(html tmp);
    $self->{port} //= free_port();
    $self->configure(%self);
    return $self;
}

sub binary { return $ENV{TEST_NGINX_BINARY} || 'nginx' }

sub configure {
    my ($self, %new) = @_;
    @$self{keys %new} = values %new;
    my $dir = $self->{dir};
    my $user = $> == 0 ? "user $self->{worker_user};" : '';
    my $modules = join ' ', map { "load_module $_;" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} // '';
    my $venue = HP::hp_venue("$dir/venue.sock");
    my $policy = HP::hp_dir() . '/policy.conf';
    my $settled = $self->{http} =~ /healthpass_policy/ ? '' : "healthpass_policy $policy;";
    my $temp = join "\n    ", map { "${_}_temp_path $dir/tmp/$_;" }
        qw(client_body proxy fastcgi scgi uwsgi);
    HP::hp_write("$dir/nginx.conf", <<"_EOC_");
$modules
$user
worker_processes $self->{workers};
worker_shutdown_timeout 2s;
error_log $dir/error.log $self->{level};
pid $dir/nginx.pid;
$self->{main}
events { worker_connections 256; }
http {
    $temp
    $settled
$venue
$self->{http}
    access_log $dir/access.log $self->{access};
    server {
        listen 127.0.0.1:$self->{port} $self->{listen};
        server_name localhost;
        root $dir/html;
$self->{server}
    }
}
_EOC_
}

sub command {
    my $self = shift;
    return (binary(), '-p', $self->{dir}, '-e', "$self->{dir}/error.log",
        '-c', "$self->{dir}/nginx.conf");
}

# nginx -t: what it says, and its exit status.
sub check {
    my $self = shift;
    my @command = ($self->command, '-t');
    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command or die $!;
    my $text = do { local $/; <$out> } // '';
    close $out;
    return ($text, $? >> 8);
}

sub start {
    my $self = shift;
    # as a child with its own name for the process: ended by exactly this id
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} if $ENV{TEST_NGINX_LD_PRELOAD};
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$self->{dir}/stderr";
        exec $self->command, '-g', 'daemon off;';
        die "exec: $!";
    }
    $self->{pid} = $pid;
    my $answers = $self->wait_for(sub {
        return 'gone' if waitpid($pid, POSIX::WNOHANG()) != 0;
        return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}") ? 'up' : '';
    }) // '';
    return $self if $answers eq 'up';
    delete $self->{pid} if $answers eq 'gone';
    die 'nginx does not start: ' . $self->error_log . slurp("$self->{dir}/stderr");
}

# Tries until it is true, for some seconds.
sub wait_for {
    my ($self, $true, $seconds) = @_;
    my $end = Time::HiRes::time() + ($seconds // 20);
    while (Time::HiRes::time() < $end) {
        my $answer = $true->();
        return $answer if $answer;
        Time::HiRes::sleep(0.05);
    }
    return;
}

sub stop {
    my $self = shift;
    my $pid = delete $self->{pid} or return;
    kill 'QUIT', $pid;
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm 20;
    waitpid $pid, 0;
    alarm 0;
    return $? >> 8;
}

sub DESTROY {
    my $self = shift;
    local ($?, $!);
    $self->stop;
}

sub workers {
    my $self = shift;
    open my $in, '<', "/proc/$self->{pid}/task/$self->{pid}/children" or return;
    my $line = <$in> // '';
    return split ' ', $line;
}

# A reload is done when none of the workers before is left.
sub reload {
    my $self = shift;
    my %before = map { $_ => 1 } $self->workers;
    kill 'HUP', $self->{pid};
    return $self->wait_for(sub {
        my @now = $self->workers;
        @now >= $self->{workers} && !grep { $before{$_} } @now;
    });
}

sub slurp {
    my $path = shift;
    open my $in, '<:raw', $path or return '';
    local $/;
    return <$in> // '';
}

sub error_log { return slurp("$_[0]{dir}/error.log") }
sub access_log { return slurp("$_[0]{dir}/access.log") }

# How many lines of the error log match.
sub count {
    my ($self, $pattern) = @_;
    my @hits = grep { /$pattern/ } split /\n/, $self->error_log;
    return scalar @hits;
}

sub connect {
    my $self = shift;
    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}", Timeout => 10)
        // die "connect: $!";
}

# n requests on kept connections, all clients at once; header lines of the nth are what the code
# makes of it.  Answers how often each status came; "none" is no answer.
sub flood {
    my ($self, $path, $clients, $n, $headers) = @_;
    my (%count, @pipes);
    for my $client (0 .. $clients - 1) {
        pipe my $out, my $in or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            my %seen;
            my $socket = $self->connect;
            for (my $i = $client; $i < $n; $i += $clients) {
                my $lines = join '', map { s/\n\z//r . "\r\n" } $headers->($i);
                print $socket "GET $path HTTP/1.1\r\nHost: localhost\r\n$lines\r\n";
                my $head = '';
                1 while $head !~ /\r\n\r\n/ && sysread $socket, $head, 4096, length $head;
                my ($length) = $head =~ /^Content-Length: (\d+)/mi;
                my $body = $head =~ s/.*?\r\n\r\n//sr;
                1 while length $body < ($length // 0) && sysread $socket, $body, 65536, length $body;
                $seen{ $head =~ m{^HTTP/1.1 (\d+)} ? $1 : 'none' }++;
                $socket = $self->connect if $head !~ m{^HTTP} || $head =~ /^Connection: close/mi;
            }
            print $in map { "$_ $seen{$_}\n" } keys %seen;
            close $in;
            POSIX::_exit(0);
        }
        close $in;
        push @pipes, [ $pid, $out ];
    }
    for my $pipe (@pipes) {
        my ($pid, $out) = @$pipe;
        while (<$out>) { $count{$1} += $2 if /^(\w+) (\d+)/ }
        waitpid $pid, 0;
    }
    return \%count;
}

# One request on a connection of its own: status, headers and body.
sub get {
    my ($self, $path, %option) = @_;
    my $method = $option{method} // (defined $option{body} ? 'POST' : 'GET');
    my $body = $option{body} // '';
    my $head = "$method $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    $head .= join '', map { s/\n\z//r . "\r\n" } @{ $option{headers} // [] };
    $head .= 'Content-Type: ' . ($option{type} // 'application/x-www-form-urlencoded') . "\r\n"
        . 'Content-Length: ' . length($body) . "\r\n" if defined $option{body};
    my $socket = $self->connect;
    print $socket "$head\r\n$body";
    my $answer = do { local $/; <$socket> } // '';
    my ($headers, $text) = split /\r\n\r\n/, $answer, 2;
    my ($status) = ($headers // '') =~ m{^HTTP/1.1 (\d+)};
    return wantarray ? ($status // 0, $headers // '', $text // '') : $status // 0;
}

# A body of that type by every way for it to arrive: the statuses in one piece, in two, in chunks.
sub arrivals {
    my ($self, $path, $type, $body) = @_;
    my $half = int length($body) / 2;
    my @halves = (substr($body, 0, $half), substr $body, $half);
    my @chunks = (map({ sprintf "%x\r\n%s\r\n", length, $_ } @halves), "0\r\n\r\n");
    my @statuses = scalar $self->get($path, body => $body, type => $type);
    for my $way ([ 'Content-Length: ' . length $body, @halves ], [ 'Transfer-Encoding: chunked', @chunks ]) {
        my ($how, @pieces) = @$way;
        my $socket = $self->connect;
        print $socket "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: $type\r\n$how\r\n\r\n";
        for my $piece (@pieces) {
            print $socket $piece;
            Time::HiRes::sleep(0.02);
        }
        my $answer = do { local $/; <$socket> } // '';
        push @statuses, $answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
    }
    return @statuses;
}

# The reason for which a pass was refused last.
sub refusal {
    my $self = shift;
    return $self->error_log =~ /.*refused, reason=([\w-]+)/s ? $1 : '';
}

1;
