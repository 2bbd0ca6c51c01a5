# Lists, NAME[]: several of one name, in the order in which they came.  Where nothing asks for a
# party, a list is one pass.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $gate = 'healthpass_verify on; healthpass_expose source; proxy_set_header X-Verdict $healthpass_source;'
    . ' proxy_pass http://venue;';
my $nginx = HP::Server->new(
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        large_client_header_buffers 16 32k;
        location /form { healthpass_source form:pass[]; $gate }
        location /arg { healthpass_source arg:pass[]; $gate }
        location /header { healthpass_source header:X-Pass[]; $gate }
        location /plain { healthpass_source form:pass; $gate }
        location /next { healthpass_source form:pass[] header:X-Health-Pass; $gate }
_EOC_
)->start;

my $good = hp_encoded('good');

sub form {
    my ($path, @fields) = @_;
    return scalar $nginx->get($path, body => join '&', @fields);
}

# Status and reason of what came last.
sub refused { my ($status) = @_; return "$status " . $nginx->refusal }

# ---- one of them ---------------------------------------------------------------------

is(form('/form', "pass[]=$good"), 200, 'a list of one');
is(form('/form', "pass%5B%5D=$good"), 200, 'encoded as browsers do');
is(form('/form', "pass=$good"), 200, 'without the brackets');
is(form('/form', 'a[]=1', "pass%5b]=$good", 'pass[0]=x', 'passe[]=y', 'pass[][]=z'), 200, 'among others');
is(form('/form', 'pass[]=' . hp_encoded('forged')), 403, 'a forged one');
my (undef, undef, $body) = $nginx->get('/form', body => "pass[]=$good");
like($body, qr/verdict=\[form:pass\[\]\]/, 'what the source is called');
is(form('/form', 'name=x'), 401, 'none');
is(form('/form', 'pass[]='), 401, 'an empty one');
is(form('/form', 'pass[]=&pass[]=&pass='), 401, 'only empty ones');
is(refused(form('/form', 'pass[]=HC1%3')), '403 encoding', 'a damaged one');
is(form('/plain', "pass[]=$good"), 401, 'a plain name is no list');

# ---- several, with nobody to take them -------------------------------------------------

is(refused(form('/form', ("pass[]=$good") x 2)), '403 party', 'two');
is(refused(form('/form', "pass[]=$good", "pass=$good")), '403 party', 'two ways to write it are one list');
is(refused(form('/form', "pass[]=$good", 'pass[]=')), '403 party', 'an empty place is a place');
is(refused(form('/form', ("pass[]=$good") x 32)), '403 party', '32 of them');
is(refused(form('/form', ("pass[]=$good") x 33)), '403 party', '33 of them');
is(refused(form('/plain', ("pass=$good") x 2)), '403 given-twice', 'a plain name given twice stays that');

# ---- other places --------------------------------------------------------------------

is($nginx->get("/arg?pass[]=$good"), 200, 'an argument');
is($nginx->get("/arg?x=1&pass=$good"), 200, '... without brackets');
is(refused(scalar $nginx->get("/arg?pass[]=$good&pass%5B%5D=$good")), '403 party', '... two');

my $line = 'X-Pass: ' . hp_pass('good');
(my $status, undef, $body) = $nginx->get('/header', headers => [ $line ]);
is($status, 200, 'a header line');
is(refused(scalar $nginx->get('/header', headers => [ $line, $line ])), '403 party', '... two');

# ---- the first source that holds something decides ----------------------------------------

my @header = (headers => [ hp_header('good') ]);
is($nginx->get('/next', body => 'pass[]=&pass[]=', @header), 200, 'an empty list holds nothing');
is(refused(scalar $nginx->get('/next', body => 'pass[]=%', @header)), '403 encoding', 'a damaged one does');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
