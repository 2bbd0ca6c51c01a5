# multipart:NAME, a text field of multipart/form-data: however it arrives; what is no field, and
# what two readers could take for two things.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
my $gate = 'healthpass_verify on; healthpass_expose source; proxy_set_header X-Verdict $healthpass_source;'
    . ' proxy_pass http://venue;';
my $server = <<"_EOC_";
        client_body_buffer_size 64k;
        healthpass_source multipart:pass;
        location / { $gate }
        location /file { client_body_buffer_size 1k; $gate }
        location /only { client_body_in_file_only clean; $gate }
        location /small { healthpass_body_max 2000; $gate }
        location /list { healthpass_source multipart:pass[]; $gate }
        location /party { healthpass_source multipart:pass[]; healthpass_persons count=multipart:seats; $gate }
        location /all { healthpass_source form:pass multipart:pass json:/pass body header:X-Health-Pass; $gate }
_EOC_
my $nginx = HP::Server->new(server => $server)->start;

my $type = 'multipart/form-data; boundary=----hp';
my $good = hp_pass('good');

# Parts are [ NAME, VALUE, more of the head ].
sub parts {
    my @parts = @_;
    return join('', map {
        my ($name, $value, $more) = (@$_, '');
        "------hp\r\nContent-Disposition: form-data; name=\"$name\"$more\r\n\r\n$value\r\n";
    } @parts) . "------hp--\r\n";
}

sub post { my ($path, $body, %more) = @_; return scalar $nginx->get($path, body => $body, type => $type, %more) }

# Status and reason of what came last.
sub refused { my ($status) = @_; return "$status " . $nginx->refusal }

# ---- every way for a body to arrive ------------------------------------------------

my $long = parts([ 'photo', 'y' x 3000, '; filename="me.png"' ], [ 'pass', $good ], [ 'name', 'x' ]);
for my $path (qw(/ /file /only)) {
    for my $case ([ 'short', parts([ 'pass', $good ]), 200 ], [ 'long', $long, 200 ],
        [ 'forged', parts([ 'pass', hp_pass('forged') ]), 403 ], [ 'none', parts([ 'name', 'x' ]), 401 ])
    {
        my ($name, $body, $status) = @$case;
        my ($whole, $halves, $chunks) = $nginx->arrivals($path, $type, $body);
        is($whole, $status, "$path $name: in one piece");
        is($halves, $status, '... in two');
        is($chunks, $status, '... in chunks');
    }
}
my (undef, undef, $body) = $nginx->get('/', body => $long, type => $type);
like($body, qr/verdict=\[multipart:pass\] length=\[${\ length $long}\]/, 'the upstream gets the body as it was');

# ---- limits -----------------------------------------------------------------------

my $rest = 2000 - length parts([ 'pass', $good ], [ 'x', '' ]);
is(post('/small', parts([ 'pass', $good ], [ 'x', 'y' x $rest ])), 200, 'a body of healthpass_body_max');
is(post('/small', parts([ 'pass', $good ], [ 'x', 'y' x ($rest + 1) ])), 401, '... and a byte more');

# ---- what is no field, and what is none for sure ------------------------------------------

is(post('/', parts([ 'pass', '' ])), 401, 'an empty field');
is(post('/', parts([ 'pass', "$good\r\n" ])), 200, 'a line end, as a textarea sends');
is(post('/', parts([ 'pass', hp_encoded('spaced') ])), 403, 'nothing is percent-decoded');
is(post('/', parts([ 'pass', hp_pass('spaced') ])), 200, '... so it stands there as it is');
is(refused(post('/', parts(([ 'pass', $good ]) x 2))), '403 given-twice', 'two of the name');
is(refused(post('/', parts([ 'pass', $good, '; filename="pass.png"' ]))), '403 encoding', 'a file');
like($nginx->error_log, qr/"multipart:pass" came as a file: pictures are read in the visitor's browser, not here/,
    '... the log says why');
is(post('/', parts([ 'pass', '', '; filename=""' ])), 401, 'no file chosen');
is(post('/', parts([ 'pass[]', $good ])), 401, 'a list is another name');
is(post('/', parts([ 'Pass', $good ], [ 'p%61ss', $good ])), 401, 'as are others');
my $broken = parts([ 'pass', $good ]);
is(refused(post('/', $broken =~ s/--\r\n\z//r)), '403 encoding', 'no closing boundary');
is(refused(post('/', $broken =~ s/\r\n\r\n/\r\nContent-Transfer-Encoding: base64\r\n\r\n/r)), '403 encoding', 'encoded');
is(refused(post('/', $broken =~ s/\r\n/\n/gr)), '403 encoding', 'bare line feeds');
is(refused(post('/', $broken, type => 'multipart/form-data')), '403 encoding', 'a type without a boundary');
is(refused(post('/', $broken, type => 'multipart/form-data; boundary=hp')), '403 encoding', 'with another one');
is(post('/', $broken, type => 'multipart/mixed; boundary=----hp'), 401, 'another kind of multipart is none');
is(refused(post('/', $broken, headers => [ "Content-Type: $type" ])), '403 given-twice', 'two types, even the same');

# ---- lists ---------------------------------------------------------------------------

is(post('/list', parts([ 'pass[]', $good ])), 200, 'a list of one');
is(post('/list', parts([ 'pass', $good ])), 200, 'without the brackets');
is(post('/list', parts([ 'pass[]', '' ], [ 'pass[]', '' ])), 401, 'only empty ones');
is(refused(post('/list', parts([ 'pass[]', $good ], [ 'pass', '' ]))), '403 party', 'two, and nobody asked for them');

my @two = ([ 'pass[]', $good ], [ 'pass', hp_pass('child') ]);
is(post('/party', parts([ 'seats', 2 ], @two)), 200, 'two, for two');
is(refused(post('/party', parts(@two, [ 'seats', 3 ]))), '403 party', '... for three');
is(refused(post('/party', parts([ 'seats', 2 ], @two, [ $_, 9 ]))), '403 given-twice', "... and also $_") for 'seats[]', 'seats[0]', ' seats';
is(refused(post('/party', parts([ 'seats', 2 ], $two[0], [ 'pass[]', hp_pass('forged') ]))), '403 signature', 'one forged');

# ---- the type says which source looks ------------------------------------------------------

is(post('/all', parts([ 'pass', $good ])), 200, 'multipart among others');
is(post('/all', 'pass=' . hp_encoded('good'), type => 'application/x-www-form-urlencoded'), 200, 'a form');
is(post('/all', "{\"pass\":\"$good\"}", type => 'application/json'), 200, 'JSON');
is(post('/all', $good, type => 'text/plain'), 200, 'a text');
my @header = (headers => [ hp_header('good') ]);
is(post('/all', parts([ 'name', 'x' ]), @header), 200, 'a header, when the body has none');
is(refused(post('/all', parts([ 'pass', 'x' ]), @header)), '403 unknown-kind', 'not when it has a bad one');
is(refused(post('/all', 'nonsense', @header)), '403 encoding', 'nor when nobody can tell');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');

# ---- HTTP/2 ----------------------------------------------------------------------------

$nginx = HP::Server->new(listen => 'ssl http2', server => $server
    . "ssl_certificate $dir/issuer/issuer.pem; ssl_certificate_key $dir/issuer/issuer.key;\n")->start;
hp_write("$dir/pass.txt", $good);
sub curl {
    my @args = @_;
    open my $out, '-|', 'curl', qw(-sk --http2 --max-time 10 -o /dev/null -w), '%{http_version} %{http_code}', @args
        or die $!;
    return scalar <$out>;
}
my $url = "https://127.0.0.1:$nginx->{port}";
is(curl('-F', "pass=<$dir/pass.txt", '-F', "photo=\@$dir/pass.txt", "$url$_"), '2 200', "HTTP/2, curl's own form: $_")
    for qw(/ /file);
is(curl('-F', "pass=\@$dir/pass.txt", "$url/"), '2 403', '... a file');
is(curl('-F', "pass[]=<$dir/pass.txt", "$url/list"), '2 200', '... a list');
$nginx->stop;
done_testing();
