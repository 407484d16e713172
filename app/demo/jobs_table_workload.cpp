#include "app/demo/jobs_table_workload.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString stepSql(const QString& file, int n) {
    return scenario(u"jobs/"_s + file, {{u"n"_s, QString::number(n)}, {u"run_ms"_s, u"400"_s}});
}

}  // namespace

std::vector<DemoQueue> JobsTableWorkload::queues() const {
    return {{u"postgres"_s, u"mapped:jobs"_s, u"thumbnails"_s,
             u"a home-made jobs table: 18 000 waiting, 10/s in, 40/s out, drains in about 10 min"_s}};
}

QByteArray JobsTableWorkload::mapping() {
    return scenario(u"jobs/jobs.toml"_s).toUtf8();
}

void JobsTableWorkload::prepare() {
    m_session.run(stepSql(u"schema.sql"_s, 18'000) + u"ANALYZE public.jobs;"_s);
}

void JobsTableWorkload::step(double seconds) {
    QString sql = stepSql(u"finish.sql"_s, 0);
    if (const int n = m_arrival.due(seconds)) sql += stepSql(u"produce.sql"_s, n);
    if (const int n = m_claim.due(seconds)) sql += stepSql(u"claim.sql"_s, n);
    m_session.run(sql);
}

}  // namespace spillway
