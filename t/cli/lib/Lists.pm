# Trust lists of every feed, made with openssl at test time, each as right or wrong as a test
# wants it.  Keys and certificates are thrown away with the test's folder.
package Lists;

use strict;
use warnings;
use Ctl;
use Digest::SHA qw(sha256 sha256_hex);
use Exporter 'import';
use IO::Compress::Zip qw(zip $ZipError);
use JSON::PP;
use MIME::Base64 qw(encode_base64 encode_base64url);
use POSIX 'strftime';

our @EXPORT = qw(run key spki jwk cert der fingerprint sign sign_raw cms b64 json ago
                 vci jwks german gateway archive manifest did);

sub b64 { return encode_base64($_[0], '') }
sub json { return JSON::PP->new->canonical->utf8->encode($_[0]) }

# RFC 3339 of so many seconds ago.
sub ago { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - $_[0])) }

# A command that has to work; what it prints.
sub run {
    my @words = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>', folder() . '/run.err';
        exec @words or die "$words[0]: $!";
    }
    local $/;
    my $text = <$out> // '';
    close $out or die "@words: exit $?: " . get(folder() . '/run.err');
    return $text;
}

my $n = 0;

# A file of its own for each.
sub fresh { return folder() . '/made' . ++$n . ($_[0] // '') }

# A private key (PEM) of a kind: P-256, P-384, P-521, RSA.
sub key {
    my ($kind) = @_;
    my $path = fresh('.key');
    run('openssl', 'genpkey', '-out', $path, ($kind // 'P-256') eq 'RSA'
        ? ('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048')
        : ('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:' . ($kind // 'P-256')));
    return $path;
}

sub spki { return run('openssl', 'pkey', '-in', $_[0], '-pubout', '-outform', 'DER') }

# The public key of a P-256 key as SMART Health Cards list it (RFC 7517, RFC 7638).
sub jwk {
    my ($key) = @_;
    my ($x, $y) = map { encode_base64url($_) } unpack 'a32a32', substr spki($key), -64;
    my $kid = encode_base64url(sha256(qq({"crv":"P-256","kty":"EC","x":"$x","y":"$y"})));
    return { kty => 'EC', crv => 'P-256', alg => 'ES256', use => 'sig', kid => $kid, x => $x, y => $y };
}

# A certificate (PEM, its key beside it): country, name, issuer (an earlier one), ca, days, from.
my %key_of;
sub cert {
    my (%wish) = @_;
    my ($path, $ext) = (fresh('.pem'), fresh('.ext'));
    my $key = $wish{key} // key($wish{kind});
    my $name = ($wish{country} ? "/C=$wish{country}" : '') . '/CN=' . ($wish{name} // "Test $n");
    put($ext, join "\n", $wish{ca} ? ('basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign')
        : ('keyUsage=critical,digitalSignature'), 'subjectKeyIdentifier=hash',
        $wish{issuer} ? 'authorityKeyIdentifier=keyid' : (), $wish{eku} ? "extendedKeyUsage=$wish{eku}" : (),
        $wish{ext} ? $wish{ext} : (), '');
    my $csr = fresh('.csr');
    run('openssl', 'req', '-new', '-key', $key, '-subj', $name, '-out', $csr);
    my @from = map { strftime('%Y%m%d%H%M%SZ', gmtime $_) } time - ($wish{ago} // 86400),
        time + 86400 * ($wish{days} // 365);
    my $ca = fresh();
    mkdir $ca;
    put("$ca/index.txt", '');
    put("$ca/serial", sprintf "%04x\n", 4096 + $n);
    put("$ca/conf", "[ca]\ndefault_ca=d\n[d]\ndatabase=$ca/index.txt\nserial=$ca/serial\nnew_certs_dir=$ca\n"
        . "policy=p\nunique_subject=no\n[p]\ncountryName=optional\ncommonName=supplied\n");
    run('openssl', 'ca', '-batch', '-config', "$ca/conf", '-md', 'sha256', '-in', $csr, '-out', $path,
        '-notext', '-startdate', $from[0], '-enddate', $from[1], '-extfile', $ext,
        $wish{issuer} ? ('-cert', $wish{issuer}, '-keyfile', $key_of{ $wish{issuer} })
                      : ('-selfsign', '-keyfile', $key));
    $key_of{$path} = $key;
    return $path;
}

sub private_key { return $key_of{$_[0]} }
sub der { return run('openssl', 'x509', '-in', $_[0], '-outform', 'DER') }
sub fingerprint { return sha256_hex(der($_[0])) }

# ---- signatures --------------------------------------------------------------------

# ECDSA in DER, over a text, by a key or a certificate's.
sub sign {
    my ($key, $text, $hash) = @_;
    my $path = put('signed.tmp', $text);
    return run('openssl', 'dgst', '-' . ($hash // 'sha256'), '-sign', $key_of{$key} // $key, $path);
}

# r||s of a P-256 key.
sub sign_raw {
    my $der = sign(@_);
    my ($r, $s) = map { substr "\0" x 32 . $_, -32 }
        unpack 'x3 C/a x C/a', $der;
    return $r . $s;
}

# CMS, DER: detached unless asked.
sub cms {
    my ($cert, $bytes, @more) = @_;
    my $path = put('cms.tmp', $bytes);
    return run('openssl', 'cms', '-sign', '-binary', '-in', $path, '-signer', $cert,
        '-inkey', $key_of{$cert}, '-outform', 'DER', '-md', 'sha256', @more);
}

# ---- lists: each gives the path of a list, or a folder --------------------------------

# The snapshot of a VCI directory, with its signature beside it unless signer is undef.
sub vci {
    my ($signer, %list) = @_;
    my $path = fresh('.json');
    my $text = json({ directory => 'https://example.org', time => $list{time} // ago(3600),
        issuerInfo => $list{info} // [ map { { issuer => { iss => $_, name => 'Test' },
            keys => $list{issuers}{$_} } } sort keys %{ $list{issuers} } ] });
    put($path, $text);
    put($path =~ s/\.json$/.sig/r, sign($signer, $text, 'sha512')) if $signer;
    return $path;
}

# The key set of one issuer.
sub jwks { return put(fresh('.json'), json({ keys => [ @_ ] })) }

# An item of the EU gateway: a certificate of a type, signed by another.
sub item {
    my ($type, $cert, $country, $signer, %more) = @_;
    my $der = der($cert);
    return { kid => b64(substr sha256($der), 0, 8), timestamp => $more{time} // ago(7200) =~ s/Z$/+00:00/r,
        country => $country, certificateType => $type, thumbprint => sha256_hex($der),
        signature => b64($signer ? cms($signer, $der) : 'none'), rawData => b64($der), %{ $more{with} // {} } };
}

# The German form: a raw signature, a line end, the list.
sub german {
    my ($signer, @items) = @_;
    my $text = json({ certificates => \@items });
    return put(fresh(), b64($signer ? sign_raw($signer, $text) : "\0" x 64) . "\n$text");
}

sub gateway { return put(fresh('.json'), json([ @_ ])) }

# The EU's zip archive: files by name, and its signature beside it.
sub archive {
    my ($signer, %files) = @_;
    my ($folder, $path) = (fresh('.d'), fresh('.zip'));
    for my $name (keys %files) {
        my $at = $folder;
        mkdir $at;
        mkdir($at .= "/$_") for ($name =~ m{([^/]+)/}g);
        put("$folder/$name", $files{$name});
    }
    zip([ map { "$folder/$_" } sort keys %files ] => $path, FilterName => sub { s{^\Q$folder\E/}{} })
        or die "$path: $ZipError";
    put("$path.sig.txt", encode_base64(cms($signer, get($path)))) if $signer;
    return $path;
}

# Signs a folder: MANIFEST with the SHA-256 of each file, MANIFEST.sig.
sub manifest {
    my ($folder, $signer) = @_;
    my @files = split /\n/, run('sh', '-c', "cd $folder && find . -type f ! -name 'MANIFEST*' -printf '%P\\n' | sort");
    put("$folder/MANIFEST", join '', map { sha256_hex(get("$folder/$_")) . "  $_\n" } @files);
    put("$folder/MANIFEST.sig", cms($signer, get("$folder/MANIFEST")));
    return $folder;
}

# ---- WHO: a DID document with its proof (trust-lists, 3.4) -------------------------------

my $sec = 'https://w3id.org/security#';
my $smart = 'https://smart.who.int/trust/ValueSet-';
my $rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns';

sub method {
    my ($did, $cert, $domain, $participant, $usage, @chain) = @_;
    my $der = der($cert);
    my ($x, $y) = unpack 'a32a32', substr run('openssl', 'pkey', '-pubin', '-outform', 'DER', '-in',
        put('spki.tmp', run('openssl', 'x509', '-in', $cert, '-noout', '-pubkey'))), -64;
    my $kid = b64(substr sha256($der), 0, 8);
    return { id => "$did:$domain:$participant:$usage#$kid", type => 'JsonWebKey2020', controller => $did,
        publicKeyJwk => { kty => 'EC', crv => 'P-256', kid => $kid, x => encode_base64url($x),
            y => encode_base64url($y), x5c => [ map { b64(der($_)) } $cert, @chain ] },
        domain => { code => "#$domain" }, participant => { code => "#$participant" },
        keyusage => { code => '#' . ($usage eq 'SCA' ? 'CSCA' : $usage) } };
}

sub quads {
    my ($doc, $suffix) = @_;
    my ($d, @lines) = $doc->{id};
    push @lines, "<$d> <${sec}controller> <$doc->{controller}> .";
    for my $m (@{ $doc->{verificationMethod} }) {
        push @lines, "<$d> <${sec}verificationMethod> <" . (ref $m ? $m->{id} : $m) . '> .';
        ref $m or next;
        my $jwk = json($m->{publicKeyJwk}) =~ s/(["\\])/\\$1/gr;
        push @lines, "<$m->{id}> <$rdf#type> <${sec}JsonWebKey2020> .",
            "<$m->{id}> <${sec}controller> <$m->{controller}> .",
            qq(<$m->{id}> <${sec}publicKeyJwk> "$jwk"^^<$rdf#JSON> .),
            map { my ($set, $name) = @$_; my $b = "$smart$set$suffix.jsonld"; "<$m->{id}> <$b> <$b$m->{$name}{code}> ." }
                [ Domains => 'domain' ], [ Participants => 'participant' ], [ KeyUsage => 'keyusage' ];
    }
    my %seen;
    return join '', map { "$_\n" } sort grep { !$seen{$_}++ } @lines;
}

# did(signer, environment, created, [cert, domain, participant, usage, chain...] ...)
sub did {
    my ($signer, $env, $created, @members) = @_;
    my $host = 'tng-cdn' . ($env eq 'prod' ? '' : "-$env") . '.who.int';
    my $did = "did:web:$host:v2:trustlist";
    my $suffix = $env eq 'prod' ? '' : '-' . uc $env;
    my $doc = { '@context' => [ 'https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1',
            "https://smart.who.int/trust/tng-context/v1$suffix.jsonld" ],
        id => $did, controller => $did, verificationMethod => [ map { ref $_ ? method($did, @$_) : $_ } @members ] };
    my %proof = (type => 'JsonWebSignature2020', created => $created, nonce => 'test',
        proofPurpose => 'assertionMethod', verificationMethod => "did:web:example.org:signing");
    my $quads = quads($doc, $suffix);
    my $of_proof = join '', map { "$_\n" } sort
        qq(_:c14n0 <http://purl.org/dc/terms/created> "$created"^^<http://www.w3.org/2001/XMLSchema#dateTime> .),
        "_:c14n0 <$rdf#type> <${sec}JsonWebSignature2020> .", qq(_:c14n0 <${sec}nonce> "test" .),
        "_:c14n0 <${sec}proofPurpose> <${sec}assertionMethod> .",
        "_:c14n0 <${sec}verificationMethod> <$proof{verificationMethod}> .";
    my $header = encode_base64url('{"b64":false,"crit":["b64"],"alg":"ES256"}');
    $proof{jws} = "$header.." . encode_base64url(sign($signer, "$header." . sha256($of_proof) . sha256($quads)));
    $doc->{proof} = \%proof;
    return put(fresh('.json'), json($doc));
}

1;
