# Lists to publish, and a publisher (t/lib/feeder.py) that serves them well and badly.
package Feeder;

use strict;
use warnings;
use Ctl;
use Digest::SHA 'sha256';
use Exporter 'import';
use FindBin;
use IPC::Open2;
use JSON::PP;
use MIME::Base64 'encode_base64url';
use POSIX 'strftime';

our @EXPORT = qw(publish publish_revoked jwks snapshot served requests forget_requests tls_ca tls_cert
                 feeds_file revocations_file sources state time_text run_quietly);

my $web = folder() . '/web'; # what is served
mkdir $web or die "$web: $!";
my @pids;
END { my $status = $?; kill 'KILL', @pids if @pids; $? = $status }

sub run_quietly { system("@_ >/dev/null 2>&1") == 0 or die "@_" }

sub time_text { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

# Starts a publisher; its port.
sub publish { return start('feeder.py', @_) }
sub publish_revoked { return start('withdrawn.py', @_) }

sub start {
    my ($program, @args) = @_;
    my $pid = open2(my $out, my $in, "$FindBin::Bin/../lib/$program", $web, @args);
    push @pids, $pid;
    push @{ $Feeder::open }, $in;
    chomp(my $port = <$out>);
    return $port;
}

# Puts a file where publishers serve it.
sub served { return put("$web/$_[0]", $_[1]) }

sub requests { return map { decode_json($_) } -e "$web/log" ? split /\n/, get("$web/log") : () }
sub forget_requests { unlink "$web/log" }

my @keys;

# The n-th key of this test, as a JWK.
sub jwk {
    my ($n) = @_;
    while (@keys <= $n) {
        my $der = `openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -outform DER 2>/dev/null`;
        my ($x, $y) = map { encode_base64url($_) } unpack 'a32 a32', substr $der, -64;
        push @keys, { kty => 'EC', crv => 'P-256', use => 'sig', alg => 'ES256', x => $x, y => $y,
            kid => encode_base64url(sha256(qq({"crv":"P-256","kty":"EC","x":"$x","y":"$y"}))) };
    }
    return $keys[$n];
}

# A key set with the keys that are named by number.
sub jwks { return JSON::PP->new->canonical->encode({ keys => [ map { jwk($_) } @_ ] }) }

# A directory's snapshot of that time, served as NAME.json and NAME.sig.
sub snapshot {
    my ($name, $key, $time, @numbers) = @_;
    my $file = served("$name.json", JSON::PP->new->canonical->encode({ time => time_text($time),
        issuerInfo => [ { issuer => { iss => 'https://a.example' }, keys => [ map { jwk($_) } @numbers ] } ] }));
    run_quietly("openssl dgst -sha512 -sign $key -out $web/$name.sig $file");
    return $file;
}

# ---- TLS -----------------------------------------------------------------------------

sub tls_ca {
    my ($name) = @_;
    my $path = folder() . "/$name";
    run_quietly("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        . " -subj /CN=$name -keyout $path.key -out $path.pem");
    return $path;
}

# A server's certificate by that authority, for these names, until that many days from now.
sub tls_cert {
    my ($name, $ca, $names, $days) = @_;
    my $path = folder() . "/$name";
    put("$path.ext", "subjectAltName=$names\n");
    run_quietly("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name"
        . " -keyout $path.key -out $path.csr");
    run_quietly("openssl x509 -req -in $path.csr -CA $ca.pem -CAkey $ca.key -CAcreateserial"
        . " -extfile $path.ext -days $days -out $path.pem");
    return ("$path.pem", "$path.key");
}

# ---- files of ours -------------------------------------------------------------------

# A feeds file: feeds_file($name, { keys of the file }, { keys of a feed }, ...).
sub feeds_file { return groups_file('feeds', @_) }

# The same of lists of withdrawn passes.
sub revocations_file { return groups_file('revocations', @_) }

sub groups_file {
    my ($key, $name, $file, @feeds) = @_;
    my $line = sub {
        my ($keys) = @_;
        return join '', map { "    $_ = " . (ref $keys->{$_} ? JSON::PP->new->encode($keys->{$_})
            : $keys->{$_} =~ /^\d+$/ ? $keys->{$_} : qq("$keys->{$_}")) . ";\n" } sort keys %$keys;
    };
    my $path = put($name, $line->($file) . "$key = (\n" . join(",\n", map { "{\n" . $line->($_) . "}" } @feeds) . "\n);\n");
    chmod 0644, $path;
    return $path;
}

# The lists in a store, by name; and what is remembered beside it.
sub sources {
    my ($store) = @_;
    my $r = ctl('trust', 'list', '--json', $store);
    die "trust list: $r->{err}" if $r->{out} eq '';
    return { map { $_->{name} => $_ } @{ decode_json($r->{out})->{sources} } };
}

sub state { return decode_json(get("$_[0].state"))->{feeds} }

1;
