#!/usr/bin/perl
# The floors of the house, held by a test.  Three sentences:
#   an arrow never points up: base < codec, crypto < format, check, ledger < policy < verify < cli;
#   the core knows neither nginx nor PAM, and wrappers hold no crypto and parse no pass;
#   each third-party library has one door.
use strict;
use warnings;
use File::Find;
use Test::More;

# text/ and reason.[ch] are what all floors share; hp.h stands at the top of what it declares.
my %floor = (base => 0, text => 0, reason => 0, codec => 1, crypto => 1, format => 2, check => 2, rules => 2,
    ledger => 2, policy => 3, hp => 3, verify => 4, feed => 5, revoke => 5, cli => 5);

my %door = (
    'zlib.h'       => qr{^common/codec/inflate\.c$},
    'cbor.h'       => qr{^common/codec/cbor\.c$},
    'jansson.h'    => qr{^common/codec/json\.c$},
    'openssl/'     => qr{^common/crypto/\w+\.[ch]$},
    'libconfig.h'  => qr{^common/policy/conf\.c$},
    'qrencode.h'   => qr{^common/codec/qr\.c$},
    'hiredis/'     => qr{^common/ledger/redis_link\.c$},
    'utf8proc.h'   => qr{^common/codec/unicode\.c$},
    'png.h'        => qr{^common/codec/png\.c$},
    'archive'      => qr{^common/codec/zip\.c$},
    'curl/'        => qr{^common/cli/fetch\.c$},
    'libxml/'      => qr{^common/codec/xml\.c$},
    'ngx_'         => qr{^ngx_module/},
    'nginx.h'      => qr{^ngx_module/},
    'security/pam' => qr{^(?:pam_module/|common/cli/pam_try\.c$)},
);

# What the C library and the kernel bring is open to all.
my $system = qr{^(?:assert|ctype|dirent|errno|fcntl|float|getopt|grp|inttypes|limits|locale|math|poll|sched
    |glob|pwd|signal|spawn|std(?:align|arg|bool|def|int|io|lib)|string|strings|syslog|termios|time|unistd
    |(?:sys|netinet|arpa|linux)/\w+)\.h$}x;

sub room { my ($file) = @_; return $file =~ m{^common/(\w+)[/.]} ? $1 : $file }

my (%includes, @upward, @wrapper, @foreign, %opened);
find({ no_chdir => 1, wanted => sub {
    return unless /\.[ch]$/;
    open my $in, '<', $_ or die "$_: $!";
    while (my $line = <$in>) {
        push @{ $includes{$_} }, $1 if $line =~ /^\s*#\s*include\s*([<"][^>"]+)/;
    }
} }, 'common', 'ngx_module', 'pam_module');

for my $file (sort keys %includes) {
    for my $include (@{ $includes{$file} }) {
        my ($kind, $name) = $include =~ /^(.)(.*)/;
        if ($kind eq '<' || $name =~ /^ngx_(?:config|core|http)\.h$/) {
            next if $name =~ $system;
            my ($library) = grep { index($name, $_) == 0 } keys %door;
            push @foreign, "$file: <$name>" unless $library && $file =~ $door{$library};
            $opened{$library}{$file} = 1 if $library;
        } elsif ("$file $name" eq 'common/cli/pam_words.c ../pam_module/options.h') {
            next;    # what is wrong in a line of a PAM service, the module's own table says
        } elsif ($file !~ m{^common/}) {
            push @wrapper, "$file: $name" unless -e ($file =~ m{(.*)/})[0] . "/$name"
                || $name =~ m{^(?:hp|reason)\.h$|^base/\w+\.h$};
        } else {
            my ($here, $there) = map { $floor{ room($_) } } $file, "common/$name";
            push @upward, "$file: $name"
                if !defined $here || !defined $there || !-e "common/$name" || $there > $here;
        }
    }
}

cmp_ok(scalar(grep { m{^common/} } keys %includes), '>', 20, 'the core was read');
is_deeply(\@upward, [], 'no arrow points up');
is_deeply(\@wrapper, [], 'wrappers include hp.h and nothing deeper of the core');
is_deeply(\@foreign, [], 'each library is used behind its own door');
for my $library (grep { !m{^(?:openssl/|ngx_|nginx|security)} } sort keys %opened) {
    is(keys %{ $opened{$library} }, 1, "$library has one door");
}
done_testing();
