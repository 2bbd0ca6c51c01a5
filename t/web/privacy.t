# What a pass says, and its text, are in no log and no file when the request is over;
# what it says is not even in the worker's memory.
use strict;
use warnings;
use lib 't/web/lib';
use File::Find ();
use HP;
use Test::More;

my $dir = hp_dir();
my %person = (family => 'Quixwhistle', given => 'Zephyrina', family_mrz => 'QUIXWHISTLE',
    given_mrz => 'ZEPHYRINA', birth => '1953-07-19', id => 'URN:UVCI:01:AT:QX77ZEPHYR53#K',
    positive => '260373001');

sub signed {
    my ($result, @options) = @_;
    my $payload = hp_write("$dir/payload.json", <<"_EOC_");
{"ver":"1.3.0","nam":{"fn":"$person{family}","gn":"$person{given}","fnt":"$person{family_mrz}","gnt":"$person{given_mrz}"},
 "dob":"$person{birth}","t":[{"tg":"840539006","tt":"LP6464-4","sc":"$result->[1]","tr":"$result->[0]","tc":"Quixlab",
 "co":"AT","is":"Quixministry","ci":"$person{id}"}]}
_EOC_
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', $payload, @options);
    chomp $text;
    return $text;
}

sub encoded { return shift =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }

my @day = gmtime(time - 86400);
my $sampled = sprintf '%04d-%02d-%02dT08:00:00Z', $day[5] + 1900, $day[4] + 1, $day[3];
my %pass = (
    accepted => signed([ '260415000', $sampled ]),
    positive => signed([ $person{positive}, $sampled ]),
    expired => signed([ '260415000', '2021-08-01T08:00:00Z' ], '--exp', '2021-09-01T00:00:00Z'),
    forged => signed([ '260415000', $sampled ], '--forge'),
);
$pass{broken} = substr($pass{accepted}, 0, 200) . 'a' . substr $pass{accepted}, 201;
unlink "$dir/payload.json";

my $nginx = HP::Server->new(
    worker_user => 'www-data',
    access => 'full',
    http => <<'_EOC_',
    log_format full '$remote_addr "$request" $status $healthpass_verdict $healthpass_reason $healthpass_kid '
        '$healthpass_issuer $healthpass_kind $healthpass_pass_id $healthpass_rule "$healthpass_problem" '
        '$healthpass_source $healthpass_valid_until $healthpass_reference';
_EOC_
    server => <<"_EOC_",
        healthpass_verify on;
        healthpass_source header:X-Health-Pass cookie:hp bearer form:pass body;
        healthpass_expose problem kid issuer pass_id rule kind source valid_until reference;
        error_page 403 \@refused;
        location / { client_body_buffer_size 64k; proxy_pass http://venue; }
        location /disk { client_body_buffer_size 1k; proxy_pass http://venue; }
        location /check { healthpass_check; }
        location /dry { healthpass_dry_run on; proxy_pass http://venue; }
        location \@refused { return 403 \$healthpass_problem; }
_EOC_
)->start;

my $answers = '';
for my $name (sort keys %pass) {
    my $text = $pass{$name};
    my $status = $name eq 'accepted' ? 200 : 403;
    my $form = 'pass=' . encoded($text);
    for my $request (
        [ '/', headers => ["X-Health-Pass: $text"] ],
        [ '/', headers => [ 'Cookie: hp=' . encoded($text) ] ],
        [ '/', headers => [ 'Authorization: Bearer ' . encoded($text) ] ],
        [ '/', body => $form ],
        [ '/disk', body => 'x=' . 'y' x 4000 . "&$form" ],
        [ '/', body => $text, type => 'text/plain' ],
        [ '/twice', headers => [ "X-Health-Pass: $text", "X-Health-Pass: $text" ] ],
        [ '/check', headers => ["X-Health-Pass: $text"] ],
        [ '/dry', headers => ["X-Health-Pass: $text"] ],
    ) {
        my ($path) = @$request;
        my $expected = $path eq '/twice' ? 403 : $path eq '/dry' ? 200
            : $path eq '/check' && $status == 200 ? 204 : $status;
        my ($got, $headers, $body) = $nginx->get(@$request);
        is($got, $expected, "$name by $path: $expected");
        $answers .= "$headers\n$body\n";
    }
}

# What must not be found, each as a plain text.
my %secret = (%person, lab => 'Quixlab', ministry => 'Quixministry');
for my $name (keys %pass) {
    $secret{"$name, the text"} = substr $pass{$name}, 60, 40;
    $secret{"$name, encoded"} = substr encoded($pass{$name}), 60, 40;
}

my @files;
File::Find::find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } }, $nginx->{dir});
my %content = map { $_ => HP::Server::slurp($_) } @files;
ok(length $content{"$nginx->{dir}/error.log"} > 1000, 'the error log has lines');
ok(length $content{"$nginx->{dir}/access.log"} > 1000, 'so has the access log');
like($nginx->access_log, qr/ 200 accepted ok [0-9a-f]{16} AT t [0-9a-f]{32} /, 'with the variables');

for my $name (sort keys %secret) {
    my @in = grep { index($content{$_}, $secret{$name}) >= 0 } sort keys %content;
    is("@in", '', "$name: in no file");
    is(index($answers, $secret{$name}), -1, '... and in no answer');
}

# nginx keeps what came over the wire until the memory is used again; what was decoded
# stood in our buffer only, and that is wiped.
no warnings 'portable'; # addresses have more than 32 bits
my ($worker) = $nginx->workers;
my $memory = '';
for my $line (split /\n/, HP::Server::slurp("/proc/$worker/maps")) {
    my ($from, $to) = map { hex } $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
    next if $to - $from > 1 << 26; # a sanitizer's shadow
    open my $in, '<:raw', "/proc/$worker/mem" or last;
    sysseek $in, $from, 0;
    sysread $in, my $part, $to - $from;
    $memory .= $part // '';
}
SKIP: {
    skip 'this user may not read the memory of a worker', 7 if $memory eq '';
    cmp_ok(index($memory, 'X-Health-Pass'), '>', 0, 'the memory of a worker was read');
    for my $name (qw(family given family_mrz given_mrz birth id)) {
        is(index($memory, $person{$name}), -1, "$name: not in the memory of a worker");
    }
}

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
