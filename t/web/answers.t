# Headers of a refusal, and error pages.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

hp_blocks();
run_tests();

__DATA__

=== TEST 1: 401 with a challenge, 403 without; neither is to be stored
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- request eval
["GET /", "GET /", "GET /"]
--- more_headers eval
["", HP::hp_header('forged'), HP::hp_header('good')]
--- error_code eval
[401, 403, 200]
--- response_headers eval
["WWW-Authenticate: HealthPass realm=\"health pass\"\nCache-Control: no-store\nRetry-After:",
 "WWW-Authenticate:\nCache-Control: no-store", "WWW-Authenticate:\nCache-Control:"]



=== TEST 2: the realm is a value of the request, quoted
--- config
    location / { healthpass_verify on; healthpass_realm 'hall "$arg_hall" \\'; proxy_pass http://venue; }
--- request
GET /?hall=3
--- error_code: 401
--- response_headers
WWW-Authenticate: HealthPass realm="hall \"3\" \\"



=== TEST 3: another challenge, or none
--- config
    location /own { healthpass_verify on; healthpass_www_authenticate 'Venue hall=$arg_hall'; proxy_pass http://venue; }
    location /off { healthpass_verify on; healthpass_www_authenticate off; proxy_pass http://venue; }
    location /var { healthpass_verify on; healthpass_www_authenticate $arg_none; proxy_pass http://venue; }
    location /ctl/ { healthpass_verify on; healthpass_www_authenticate $uri; proxy_pass http://venue; }
--- request eval
["GET /own?hall=4", "GET /off", "GET /var", "GET /ctl/%0d%0aSet-Cookie:x"]
--- error_code eval
[401, 401, 401, 401]
--- response_headers eval
["WWW-Authenticate: Venue hall=4", "WWW-Authenticate:", "WWW-Authenticate:", "WWW-Authenticate:\nSet-Cookie:"]



=== TEST 4: an error page by URI: the method becomes GET, the variables are there
--- config
    healthpass_expose reference problem;
    location / { healthpass_verify on; error_page 401 403 /refused.html; proxy_pass http://venue; }
    location = /refused.html {
        internal;
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason $healthpass_stage $healthpass_problem";
        proxy_pass http://venue;
    }
--- request eval
["GET /", "POST /\npass=x"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[401, 403]
--- response_body_like eval
[qr/^venue: GET \/refused.html.*verdict=\[refused no-pass format \{.*"reason":"no-pass"/,
 qr/^venue: GET \/refused.html.*verdict=\[refused unknown-kind format \{.*"reason":"not-accepted"/]
--- response_headers eval
["WWW-Authenticate: HealthPass realm=\"health pass\"\nCache-Control: no-store", "Cache-Control: no-store"]



=== TEST 5: a named location keeps the method
--- config
    healthpass_expose problem;
    location / { healthpass_verify on; error_page 401 403 @refused; proxy_pass http://venue; }
    location @refused {
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason";
        proxy_pass http://venue;
    }
--- request eval
["GET /", "POST /book\npass=x&name=y"]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[401, 403]
--- response_body_like eval
[qr/^venue: GET .*verdict=\[refused no-pass\]/,
 qr/^venue: POST \/book.*verdict=\[refused unknown-kind\] length=\[13\]/]



=== TEST 6: problem+json as the README says
--- config
    healthpass_expose problem;
    location / { healthpass_verify on; error_page 401 @problem401; error_page 403 @problem403; proxy_pass http://venue; }
    location @problem401 { default_type application/problem+json; return 401 $healthpass_problem; }
    location @problem403 { default_type application/problem+json; return 403 $healthpass_problem; }
--- request eval
["GET /", "GET /", "GET /"]
--- more_headers eval
["", HP::hp_header('expired'), HP::hp_header('forged')]
--- error_code eval
[401, 403, 403]
--- response_headers eval
["Content-Type: application/problem+json\nWWW-Authenticate: HealthPass realm=\"health pass\"",
 "Content-Type: application/problem+json\nCache-Control: no-store",
 "Content-Type: application/problem+json\nCache-Control: no-store"]
--- response_body_like eval
[qr/^\{"type":"urn:healthpass:problem:no-pass","title":"Health pass needed","status":401,"detail":"Please show your health pass.","reason":"no-pass","reference":"[0-9a-f]{8}"\}$/,
 qr/"status":403,.*"reason":"rules"/, qr/"status":403,.*"reason":"not-accepted"/]



=== TEST 7: an error page that is protected itself is refused too: nginx's own page, headers once
--- config
    healthpass_verify on;
    error_page 401 403 /refused.html;
    location / { proxy_pass http://venue; }
--- request
GET /
--- error_code: 401
--- response_body_like: 401 Authorization Required
--- raw_response_headers_like: ^(?!.*no-store.*no-store)(?!.*HealthPass.*HealthPass).*no-store
--- grep_error_log eval: qr/healthpass: refused, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, reason=no-pass



=== TEST 8: a body that is too large for nginx, its error page protected: no hang
--- config
    healthpass_verify on;
    error_page 413 /large.html;
    location / { client_max_body_size 1k; proxy_pass http://venue; }
    location /large.html { proxy_pass http://venue; }
--- request eval
"POST /\npass=" . ("x" x 2000)
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- timeout: 5
--- error_code: 401



=== TEST 9: the same in chunks, where only reading finds out
--- config
    healthpass_verify on;
    error_page 413 /large.html;
    location / { client_max_body_size 1k; proxy_pass http://venue; }
--- raw_request eval
"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
. "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
. sprintf("%x\r\npass=%s\r\n0\r\n\r\n", 2005, "x" x 2000)
--- timeout: 5
--- error_code: 401



=== TEST 10: 503 passes Retry-After on, and error_page works for it
--- http_config
    healthpass_refresh 7s;
--- config
    healthpass_policy $TEST_NGINX_HP/nobody.conf;
    healthpass_expose problem;
    location / { healthpass_verify on; error_page 503 @away; proxy_pass http://venue; }
    location @away { return 503 $healthpass_problem; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 503
--- response_headers
Retry-After: 7
Cache-Control: no-store
--- response_body_like: "status":503,.*"reason":"unavailable"
--- no_error_log
[alert]



=== TEST 11: the level of refusals
--- config
    location / { healthpass_verify on; healthpass_log_level warn; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good') =~ s/HC1:/HC2:/r
--- error_code: 403
--- error_log eval
qr/\[warn\] \S+ \S+ healthpass: refused, reason=unknown-kind/



=== TEST 12: a fault stays an error
--- config
    location / {
        healthpass_verify on;
        healthpass_log_level warn;
        healthpass_policy $TEST_NGINX_HP/nobody.conf;
        proxy_pass http://venue;
    }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 503
--- error_log eval
qr/\[error\] \S+ \S+ healthpass: fault, reason=trust-missing/



=== TEST 13: an error page that decides the status itself is not to be stored either
--- config
    location /uri { healthpass_verify on; error_page 401 403 = /page; proxy_pass http://venue; }
    location /named { healthpass_verify on; error_page 401 403 = @page; proxy_pass http://venue; }
    location = /page { proxy_pass http://venue; }
    location @page { proxy_pass http://venue; }
--- request eval
["GET /uri", "GET /uri", "GET /named", "GET /named"]
--- more_headers eval
["", HP::hp_header('forged'), "", HP::hp_header('forged')]
--- error_code eval
[200, 200, 200, 200]
--- response_headers eval
["Cache-Control: no-store", "Cache-Control: no-store", "Cache-Control: no-store", "Cache-Control: no-store"]



=== TEST 14: the pass field's Content-Security-Policy of what is no request is nothing to warn of
--- config eval
"include $ENV{PWD}/ngx_module/web/healthpass-web.conf;
add_header Content-Security-Policy \$pass_field_csp always;"
--- raw_request eval
"GET / HTTP/1.1\r\n\r\n"
--- error_code: 400
--- no_error_log
[warn]
