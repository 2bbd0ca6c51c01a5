# healthpassctl keygen: throw-away issuers.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

sub openssl {
    my ($command) = @_;
    my $text = qx(openssl $command 2>&1);
    $text =~ s/\s+/ /g;
    return $text;
}

my $dir = folder() . '/new';
my $r = ctl('keygen', '-o', $dir, '--name', 'one', '--country', 'AT', '--usage', 'vr', '--pub');
is($r->{status}, 0, 'an issuer is made, with its folder');
like($r->{out}, qr/^[0-9a-f]{16}\n\z/, 'standard output is the key id');
chomp(my $kid = $r->{out});
is(mode("$dir/one.key"), '0600', 'the key is private');
is(mode("$dir/one.pem"), '0644', 'the certificate is not');
is(mode("$dir/$kid.pub"), '0644', 'nor is the public key');
like(get("$dir/one.key"), qr/^-----BEGIN PRIVATE KEY-----/, 'PKCS#8');
is(openssl("x509 -in $dir/one.pem -outform DER | openssl sha256 -r") =~ /^([0-9a-f]{16})/ && $1,
   $kid, 'the key id is of the certificate');
is(openssl("x509 -in $dir/one.pem -noout -pubkey"), openssl("pkey -in $dir/one.key -pubout"),
   'key and certificate belong together');
is(get("$dir/$kid.pub"), qx(openssl pkey -in $dir/one.key -pubout), 'so does the public key');
my $text = openssl("x509 -in $dir/one.pem -noout -text");
like($text, qr/Subject: C = AT, CN = one /, 'subject');
like($text, qr/NIST CURVE: P-256/, 'P-256');
like($text, qr/Key Usage: critical Digital Signature /, 'key usage');
like($text, qr/Extended Key Usage: 1\.3\.6\.1\.4\.1\.1847\.2021\.1\.2, 1\.3\.6\.1\.4\.1\.1847\.2021\.1\.3 /,
     'vaccinations and recoveries');
like(openssl("verify -CAfile $dir/one.pem $dir/one.pem"), qr/OK/, 'self-signed');

my $key = get("$dir/one.key");
my $before = $key . get("$dir/one.pem");
$r = ctl('keygen', '-o', $dir, '--name', 'one');
is($r->{status}, 3, 'an issuer of that name is there: exit 3');
like($r->{err}, qr/one\.key: File exists/, 'and why');
is(get("$dir/one.key") . get("$dir/one.pem"), $before, 'nothing was overwritten');

unlink "$dir/one.key";
$r = ctl('keygen', '-o', $dir, '--name', 'one');
is($r->{status}, 3, 'nor is a certificate');
like($r->{err}, qr/^healthpassctl keygen: \S+one\.pem: File exists\n\z/, 'and why');
ok($before eq $key . get("$dir/one.pem"), 'which is what it was');
ok(!-e "$dir/one.key", 'and no key is left that does not belong to it');
symlink '/nonexistent/key', "$dir/two.pem";
is(ctl('keygen', '-o', $dir, '--name', 'two')->{status}, 3, 'a link to nowhere is a name that is taken');
ok(!-e "$dir/two.key", 'then too');

# The last file fails: its path is too long, where those of key and certificate are not.
my $long = $dir . '/.' x ((4080 - length $dir) / 2);
$r = ctl('keygen', '-o', $long, '--name', 'x', '--pub');
is($r->{status}, 3, 'a later file that cannot be made: exit 3');
like($r->{err}, qr/^healthpassctl keygen: \S+\.pub: File name too long\n\z/, 'and why, and nothing else');
is($r->{out}, '', 'no key id');
ok(!-e "$dir/x.key" && !-e "$dir/x.pem", 'no part is left');
is(ctl('keygen', '-o', $long, '--name', 'x')->{status}, 0, 'without that file it is made');

$r = ctl('keygen', '-o', $dir, '--name', 'rsa', '--alg', 'PS256', '--bits', 3072, '--from',
         '2021-05-01T00:00:00Z', '--to', '2051-05-01T12:30:00+02:00');
is($r->{status}, 0, 'RSA');
$text = openssl("x509 -in $dir/rsa.pem -noout -text");
like($text, qr/Public-Key: \(3072 bit\)/, 'of 3072 bits');
like($text, qr/Not Before: May 1 00:00:00 2021 GMT Not After : May 1 10:30:00 2051 GMT/, 'dates');
unlike($text, qr/Extended Key Usage/, 'no --usage, no extension');

my $missing = folder() . '/a/b/c';
$r = ctl('keygen', '-o', $missing);
is($r->{status}, 3, 'only the last folder is made');
like($r->{err}, qr/\Q$missing\E: No such file or directory/, 'and why');

done_testing();
