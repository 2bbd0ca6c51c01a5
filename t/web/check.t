# healthpass_check: an HTTP API, and what auth_request asks.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

hp_blocks();
run_tests();

__DATA__

=== TEST 1: as an API: 204, 401, 403, 503
--- config
    location = /check { healthpass_check; }
    location = /away { healthpass_check; healthpass_policy $TEST_NGINX_HP/nobody.conf; }
--- request eval
["GET /check", "GET /check", "GET /check", "GET /away", "HEAD /check"]
--- more_headers eval
[HP::hp_header('good'), "", HP::hp_header('forged'), HP::hp_header('good'), HP::hp_header('good')]
--- error_code eval
[204, 401, 403, 503, 204]
--- response_headers eval
["WWW-Authenticate:", "WWW-Authenticate: HealthPass realm=\"health pass\"\nCache-Control: no-store",
 "Cache-Control: no-store", "Retry-After: 60", "Cache-Control:"]



=== TEST 2: as an API it reads bodies too
--- config
    location = /check { healthpass_check; healthpass_source header:X-Health-Pass form:pass body; }
--- request eval
my $form = "pass=" . HP::hp_encoded('good');
["POST /check\n$form", "POST /check\nname=x", "POST /check\npass=x", "POST /check\n$form"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[204, 401, 403, 204]



=== TEST 3: auth_request: the main location has no directive of ours
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; }
--- request eval
["GET /", "GET /", "GET /", "POST /book\npass=x"]
--- more_headers eval
[HP::hp_header('good'), "", HP::hp_header('forged'), HP::hp_header('good')]
--- error_code eval
[200, 401, 403, 200]
--- response_body_like eval
[qr/^venue: GET \/ pass=\[\]/, qr/401/, qr/403/, qr/^venue: POST \/book pass=\[\].*length=\[6\]/]
--- response_headers eval
["WWW-Authenticate:", "WWW-Authenticate: HealthPass realm=\"health pass\"", "WWW-Authenticate:", "WWW-Authenticate:"]



=== TEST 4: auth_request: nginx makes 500 of a fault, still closed
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_policy $TEST_NGINX_HP/nobody.conf; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 500
--- error_log
healthpass: fault, reason=trust-missing
auth request unexpected status: 503



=== TEST 5: auth_request: a form in the main request is not seen, which is closed
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_source form:pass body arg:pass; }
--- request eval
"POST /?pass=" . HP::hp_encoded('good') . "\npass=" . HP::hp_encoded('good')
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 401



=== TEST 6: auth_request_set takes the variables out of the subrequest
--- config
    location / {
        auth_request /check;
        auth_request_set $hp $healthpass_verdict/$healthpass_reason;
        error_page 403 @no;
        proxy_set_header X-Verdict $hp;
        proxy_pass http://venue;
    }
    location @no { proxy_set_header X-Verdict $hp; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; }
--- request eval
["GET /", "GET /"]
--- more_headers eval
[HP::hp_header('good'), HP::hp_header('forged')]
--- error_code eval
[200, 403]
--- response_body_like eval
[qr/verdict=\[accepted\/ok\]/, qr/verdict=\[refused\/signature\]/]



=== TEST 7: auth_request and an index: asked twice, judged once, with the pass stripped
--- config
    location / { auth_request /check; root html; index page.html; }
    location = /check { internal; healthpass_check; }
--- user_files
>>> dir/page.html
the page
--- request
GET /dir/
--- more_headers eval
HP::hp_header('good')
--- response_body
the page
--- grep_error_log eval: qr/healthpass pass judged/
--- grep_error_log_out
healthpass pass judged



=== TEST 8: strip off: the venue sees the pass
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_strip off; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- response_body_like: pass=\[HC1:



=== TEST 9: verify and check together judge once
--- config
    location / { healthpass_verify on; auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; }
    location = /both { healthpass_verify optional; healthpass_check; }
--- request eval
["GET /", "GET /both", "GET /both"]
--- more_headers eval
[HP::hp_header('good'), HP::hp_header('good'), ""]
--- error_code eval
[200, 204, 401]



=== TEST 10: if and limit_except inside the location do not take the handler away
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check {
        internal;
        root html;
        healthpass_check;
        if ($http_x_mode) { set $hp_mode 1; }
    }
    location = /api { root html; healthpass_check; limit_except GET { healthpass_strip off; } }
--- user_files
>>> check
a file that would say 200
>>> api
a file that would say 200
--- request eval
["GET /", "GET /", "POST /api", "GET /api"]
--- more_headers eval
["X-Mode: 1", "X-Mode: 1\n" . HP::hp_header('good'), "", ""]
--- error_code eval
[401, 200, 401, 401]



=== TEST 11: bearer and cookie through auth_request
--- config
    location / { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_source bearer cookie:hp; }
--- request eval
["GET /", "GET /"]
--- more_headers eval
["Authorization: Bearer " . HP::hp_encoded('good') . "\n", "Cookie: a=1; hp=" . HP::hp_encoded('good') . "; b=2\n"]
--- error_code eval
[200, 200]
--- response_body_like eval
[qr/cookie=\[\] auth=\[\]/, qr/cookie=\[a=1; b=2\]/]



=== TEST 12: no error page turns a refusal or a fault into a yes to auth_request
--- config
    location /plain { auth_request /check1; proxy_pass http://venue; }
    location /named { auth_request /check2; proxy_pass http://venue; }
    location /again { auth_request /check3; proxy_pass http://venue; }
    location /away { auth_request /check4; proxy_pass http://venue; }
    location = /check1 { internal; healthpass_check; error_page 401 403 = /ok; }
    location = /check2 { internal; healthpass_check; error_page 401 403 = @ok; }
    location = /check3 { internal; healthpass_check; error_page 401 403 =200 /ok; recursive_error_pages on; }
    location = /check4 {
        internal;
        healthpass_check;
        healthpass_policy $TEST_NGINX_HP/nobody.conf;
        error_page 503 =204 /ok;
    }
    location = /ok { root html; }
    location @ok { root html; try_files /ok =404; }
--- user_files
>>> ok
an error page
--- request eval
["GET /plain", "GET /plain", "GET /named", "GET /named", "GET /again", "GET /again", "GET /away", "GET /plain"]
--- more_headers eval
["", HP::hp_header('forged'), "", HP::hp_header('forged'), "", HP::hp_header('forged'),
 HP::hp_header('good'), HP::hp_header('good')]
--- error_code eval
[401, 403, 401, 403, 401, 403, 500, 200]



=== TEST 13: nor that of limit_req beside the check
--- http_config
    limit_req_zone $uri zone=asked:1m rate=1r/m;
--- config
    location /limited { auth_request /check1; proxy_pass http://venue; }
    location = /check1 { internal; limit_req zone=asked; healthpass_check; error_page 503 =200 /ok; }
    location = /ok { root html; }
--- user_files
>>> ok
an error page
--- request eval
["GET /limited", "GET /limited"]
--- error_code eval
[401, 500]



=== TEST 14: as an API its error pages are the operator's
--- config
    location = /check { healthpass_check; error_page 401 =400 /no; }
    location = /no { root html; }
--- user_files
>>> no
no pass
--- request
GET /check
--- error_code: 400
--- response_body
no pass



=== TEST 15: nothing else in the location answers in its place
--- config
    location /proxy { healthpass_check; proxy_pass http://venue; }
    location /behind { proxy_pass http://venue; healthpass_check; }
    location /gif { healthpass_check; empty_gif; }
    location /try { healthpass_check; root html; try_files /ok =404; }
    location /if { healthpass_check; if ($request_method) { proxy_pass http://venue; } }
    location /limit { healthpass_check; limit_except POST { proxy_pass http://venue; } }
    location /ask-proxy { auth_request /proxy; proxy_pass http://venue; }
    location /ask-gif { auth_request /gif; proxy_pass http://venue; }
    location /ask-try { auth_request /try; proxy_pass http://venue; }
    location /ask-if { auth_request /if; proxy_pass http://venue; }
    location /ask-limit { auth_request /limit; proxy_pass http://venue; }
--- user_files
>>> ok
a file that would say 200
--- request eval
[map "GET /$_", qw(proxy behind gif try if limit ask-proxy ask-gif ask-try ask-if ask-limit)]
--- error_code eval
[(401) x 11]
