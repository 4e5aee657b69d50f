"""Temporary measuring."""
import time, gzip
import pytest
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.factories import cases, people
from apps.accounts.models import Role, User

pytestmark = pytest.mark.django_db

def test_perf(client: Client, capsys) -> None:
    admin = people.person(Role.ADMINISTRATOR)
    eng = people.person(Role.AI_ENGINEER)
    case = cases.case()
    with connection.cursor() as c:
        c.execute("select column_name from information_schema.columns where table_name='usecases_usecase'")
        cols=[r[0] for r in c.fetchall()]
        over={'id':'gen_random_uuid()','number':'1000+g','title':"'Case '||g||' '||md5(g::text)",'purpose':"repeat(md5(g::text)||' ',15)",
          'stage':"(array['DISCOVER','PLAY','DEVELOP','DEPLOY','RETIRED'])[1+g%5]",'topic_area':"(array['internal','law','health','trade'])[1+g%4]",
          'content_hash':"md5(g::text)",'created_at':"now()-g*interval '1 minute'", 'owner_id': "(select array_agg(id) from accounts_user)[1+g%(select count(*)::int from accounts_user)]"}
        c.execute("insert into accounts_user select (jsonb_populate_record(u, jsonb_build_object('id',gen_random_uuid(),'username','u'||g,'display_name','Person '||g,'email','u'||g||'@example.org'))).* from accounts_user u, generate_series(1,2000) g where u.username=%s",[eng.username])
        c.execute("create temp table us as select id, row_number() over () as n from accounts_user")
        over['owner_id']="us.id"
        sel=", ".join(over.get(k,f"s.{k}") for k in cols)
        c.execute(f"insert into usecases_usecase ({', '.join(cols)}) select {sel} from usecases_usecase s, generate_series(1,100000) g join us on us.n = 1+g%%2000 where s.id=%s",[str(case.pk)])
        c.execute("select column_name from information_schema.columns where table_name='reviews_reviewrequest'")
        rc=[r[0] for r in c.fetchall()]
        val={'id':'gen_random_uuid()','created_at':'now()','updated_at':'now()','subject_kind':"'use_case'",'subject_id':'u.id::text','title':'u.title','gate':"'G1'",'revision':"'[]'::jsonb",'content_hash':'u.content_hash','evidence':"'[]'::jsonb",'evidence_hash':"''",'lanes':"array['steward']",'barred':"array[]::uuid[]",'requested_by_id':'u.owner_id','state':"case when u.number%7=0 then 'in_review' when u.number%3=0 then 'rejected' else 'approved' end",'closed_at':"case when u.number%7=0 then null else now() end",'closed_reason':"''"}
        miss=[x for x in rc if x not in val]; print("missing", miss)
        c.execute(f"insert into reviews_reviewrequest ({', '.join(x for x in rc if x in val)}) select {', '.join(val[x] for x in rc if x in val)} from usecases_usecase u where u.number%4=0 and u.number>1000")
        c.execute("analyze")
    out=[]
    for who in (admin, eng):
        client.force_login(who)
        for q in ["", "?filters=open", "?stage=PLAY&stage=DEVELOP&filters=open", "?standing=CLEARED", "?standing=CLEARED&filters=open", "?standing=IN_REVIEW&stage=PLAY", "?sort=title", "?sort=-title","?sort=owner","?sort=unit","?sort=registered", "?sort=stage", "?q=Case+99", "?q=zebra", "?owner=u77", "?density=compact&columns=title,ref"]:
            client.get("/use-cases/"+q)
            times=[]
            for _ in range(3):
                t=time.perf_counter()
                with CaptureQueriesContext(connection) as ctx:
                    r=client.get("/use-cases/"+q)
                times.append((time.perf_counter()-t)*1000)
            slow=sorted(((float(x['time'])*1000, x['sql'][:90]) for x in ctx.captured_queries), reverse=True)[:3]
            out.append(f"{who} {q:45} {r.status_code} {min(times):7.0f} ms  queries {len(ctx)} db {sum(float(x['time']) for x in ctx.captured_queries)*1000:.0f} ms gz {len(gzip.compress(r.content))} top {[round(s[0]) for s in slow]}")
    client.force_login(eng)
    r=client.get("/use-cases/")
    import re
    # deep page
    from django.test import RequestFactory
    url="/use-cases/?sort=title"
    t0=time.perf_counter(); n=0
    for _ in range(30):
        r=client.get(url); m=re.search(r'rel="next" href="([^"]+)"', r.content.decode()); url=m.group(1).replace("&amp;","&"); n+=1
    out.append(f"30 pages by title {(time.perf_counter()-t0)/30*1000:.0f} ms each")
    for fmt in ("csv","xlsx"):
        t0=time.perf_counter()
        r=client.get("/use-cases/?stage=PLAY&format="+fmt); body=b"".join(r.streaming_content)
        out.append(f"export {fmt} {len(body)} bytes {(time.perf_counter()-t0):.1f} s {r.headers['Content-Disposition']}")
    with capsys.disabled():
        print("\n"+"\n".join(out))
