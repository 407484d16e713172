// The parts of the PostgreSQL side that need no server.
#include <QtTest>

#include "backends/postgres/engine/flow_accumulator.h"
#include "backends/postgres/engine/planner_estimate.h"
#include "backends/postgres/engine/question_plan.h"
#include "backends/postgres/engine/question_sql.h"
#include "backends/postgres/wire/errors.h"
#include "backends/postgres/wire/query_rows.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestPostgresParts : public QObject {
    Q_OBJECT
private slots:
    void serverTimesRoundTrip();
    void oddTimesAreNull_data();
    void oddTimesAreNull();
    void arraysRoundTrip();
    void connectWordsHaveAMeaning_data();
    void connectWordsHaveAMeaning();
    void sqlstatesHaveAMeaning_data();
    void sqlstatesHaveAMeaning();
    void detailsOfAnErrorAreDropped();
    void windowsAddUp();
    void windowsSayWhatToExpect();
    void aClockThatWentBackStartsAnew();
    void everyDefinitionLoads();
    void whatASystemShowsAtBestIsSaid_data();
    void whatASystemShowsAtBestIsSaid();
    void everyQuestionIsFilledCompletely();
    void theFirstVariantThatFitsAnswers();
    void planIsRead();
};

void TestPostgresParts::serverTimesRoundTrip() {
    const auto time = parseServerTime("2026-02-28 23:59:58.123456+00");
    QVERIFY(time);
    QCOMPARE(toIsoUtc(*time), u"2026-02-28T23:59:58.123Z"_s);
    QCOMPARE(toParameter(*time), std::string("2026-02-28 23:59:58.123456+00"));
    QCOMPARE(toParameter(*parseServerTime("2026-01-01 00:00:00+00")),
             std::string("2026-01-01 00:00:00.000000+00"));
    QCOMPARE(secondsBetween(*parseServerTime("2026-01-01 00:00:00.5+00"),
                            *parseServerTime("2026-01-01 00:00:01+00")),
             0.5);
    QCOMPARE(toParameter(*parseServerTime("2026-01-01 00:00:00.25")),  // no zone: UTC
             std::string("2026-01-01 00:00:00.250000+00"));
    QCOMPARE(toParameter(*parseServerTime("2026-01-01 00:00:00")),
             std::string("2026-01-01 00:00:00.000000+00"));
    QCOMPARE(toParameter(*parseServerTime("1969-12-31 23:59:59.9+00")),
             std::string("1969-12-31 23:59:59.900000+00"));
}

void TestPostgresParts::oddTimesAreNull_data() {
    QTest::addColumn<QByteArray>("text");
    for (const auto* text :
         {"infinity", "-infinity", "", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00",
          "2026-02-30 00:00:00+00", "2026-01-01 00:00:00+02", "nonsense that is long enough"})
        QTest::newRow(text) << QByteArray(text);
}

void TestPostgresParts::oddTimesAreNull() {
    QFETCH(QByteArray, text);
    QVERIFY(!parseServerTime(text.toStdString()));
}

void TestPostgresParts::arraysRoundTrip() {
    const std::vector<std::string> values{"plain", "a,b",        "quo\"te", "back\\slash", "", "NULL",
                                          "{x}",   "two\nlines", " "};
    QCOMPARE(fromArrayLiteral(toArrayLiteral(values)), values);
    QCOMPARE(fromArrayLiteral("{}").size(), size_t(0));
    QCOMPARE(fromArrayLiteral("{a,\"b c\"}"), (std::vector<std::string>{"a", "b c"}));
}

void TestPostgresParts::connectWordsHaveAMeaning_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<FailureKind>("kind");
    const auto row = [](const char* words, FailureKind kind) {
        QTest::newRow(words) << QString::fromUtf8(words) << kind;
    };
    row("FATAL:  the database system is starting up", FailureKind::starting);
    row("FATAL:  the database system is shutting down", FailureKind::starting);
    row("FATAL:  the database system is in recovery mode", FailureKind::starting);
    row("FATAL:  the database system is not yet accepting connections", FailureKind::starting);
    row("FATAL:  sorry, too many clients already", FailureKind::overloaded);
    row("FATAL:  remaining connection slots are reserved for non-replication superuser connections",
        FailureKind::overloaded);
    row("FATAL:  too many connections for role \"x\"", FailureKind::overloaded);
    row("FATAL:  role \"x\" does not exist", FailureKind::authentication);
    row("FATAL:  role \"x\" is not permitted to log in", FailureKind::authentication);
    row("FATAL:  database \"x\" does not exist", FailureKind::authentication);
    row("FATAL:  permission denied for database \"x\"", FailureKind::permission);
    row("FATAL:  no pg_hba.conf entry for host \"1.2.3.4\", user \"u\", database \"d\", no encryption",
        FailureKind::tls);
    row("FATAL:  no pg_hba.conf entry for host \"1.2.3.4\", user \"u\", database \"d\", SSL encryption",
        FailureKind::authentication);
    row("server does not support SSL, but SSL was required", FailureKind::tls);
    row("SSL error: certificate verify failed", FailureKind::tls);
    row("server certificate for \"a\" does not match host name \"b\"", FailureKind::tls);
    row("connection to server at \"10.0.0.1\", port 5432 failed: timeout expired", FailureKind::timeout);
    row("words nobody has seen before", FailureKind::unreachable);
}

void TestPostgresParts::connectWordsHaveAMeaning() {
    QFETCH(QString, words);
    QFETCH(FailureKind, kind);
    const auto failure = connectFailure(words, u"db.example:5432/app"_s);
    QVERIFY2(failure.kind == kind, qPrintable(failureKindName(failure.kind)));
    QVERIFY(!failure.nextStep.isEmpty());
    QVERIFY(!failure.serverSaid.contains(u"FATAL"_s));
}

void TestPostgresParts::sqlstatesHaveAMeaning_data() {
    QTest::addColumn<QString>("state");
    QTest::addColumn<FailureKind>("kind");
    const auto row = [](const char* state, FailureKind kind) {
        QTest::newRow(state) << QString::fromUtf8(state) << kind;
    };
    for (const auto* state : {"42501", "42P01", "42703", "0A000", "3F000"}) row(state, FailureKind::changed);
    for (const auto* state : {"57014", "55P03", "53300", "53200", "40001"})
        row(state, FailureKind::overloaded);
    for (const auto* state : {"57P01", "57P02", "25P03"}) row(state, FailureKind::unreachable);
    row("57P03", FailureKind::starting);
    row("22012", FailureKind::protocol);
}

void TestPostgresParts::sqlstatesHaveAMeaning() {
    QFETCH(QString, state);
    QFETCH(FailureKind, kind);
    const auto failure = queryFailure(state, u"ERROR:  said so"_s, u"counts of pg-boss in pgboss"_s);
    QVERIFY2(failure.kind == kind, qPrintable(failureKindName(failure.kind)));
    QVERIFY(failure.what.contains(u"counts of pg-boss in pgboss"_s));
    QVERIFY(!failure.nextStep.isEmpty());
}

void TestPostgresParts::detailsOfAnErrorAreDropped() {
    QCOMPARE(primaryMessage(u"ERROR:  division by zero\nDETAIL:  card 4111 1111\nCONTEXT:  x\n"_s),
             u"division by zero."_s);
    QCOMPARE(primaryMessage(u"FATAL:  no postgresql://u:geheim@h/ there\n"_s),
             u"no postgresql://u:***@h/ there."_s);
}

void TestPostgresParts::windowsAddUp() {
    FlowAccumulator flow;
    const auto at = [](int second) { return serverTimeFromSeconds(1e9 + second); };
    const ColumnIndex columns{{"enqueued", 0}, {"completed", 1}, {"capped", 2}};
    const auto first = flow.begin(at(0));
    QCOMPARE(first.since, first.until);
    QCOMPARE(first.until, at(-1));  // one second to settle
    const auto second = flow.begin(at(5));
    QCOMPARE(second.since, first.until);
    const std::vector<std::string> both{"enqueued", "completed"};
    flow.add("q", Row(columns, TextValues{"3", "2", "f"}), both);
    flow.begin(at(10));
    flow.add("q", Row(columns, TextValues{"4", std::nullopt, "f"}), both);
    QCOMPARE(flow.total("q", "enqueued"), Count::exact(7));
    QCOMPARE(flow.total("q", "completed"), Count::exact(2));
    QCOMPARE(flow.total("other", "completed"), Count::exact(0));
    flow.add("q", Row(columns, TextValues{"100", "50", "t"}), {"enqueued"});
    QCOMPARE(flow.total("q", "enqueued").provenance, Provenance::lower_bound);
    QCOMPARE(flow.total("q", "completed"), Count::exact(2));  // not asked of that row
    flow.begin(at(15));
    QCOMPARE(flow.total("q", "enqueued"), Count::exact(107));  // what came since is all there
    QCOMPARE(flow.expected(), std::vector<double>{100});
    flow.begin(at(35));
    QVERIFY(flow.expected().empty());  // nothing came
}

// What one window held says what the next, longer one will hold.
void TestPostgresParts::windowsSayWhatToExpect() {
    FlowAccumulator flow;
    const ColumnIndex columns{{"enqueued", 0}, {"completed", 1}};
    flow.begin(serverTimeFromSeconds(1e9));
    QVERIFY(flow.expected().empty());
    flow.begin(serverTimeFromSeconds(1e9 + 2));
    flow.add("busy", Row(columns, TextValues{"500", "100"}), {"enqueued", "completed"});
    flow.add("quiet", Row(columns, TextValues{"0", "3"}), {"enqueued", "completed"});
    flow.begin(serverTimeFromSeconds(1e9 + 22));
    QCOMPARE(flow.expected(), (std::vector<double>{5'000, 30}));
}

void TestPostgresParts::aClockThatWentBackStartsAnew() {
    FlowAccumulator flow;
    const ColumnIndex columns{{"enqueued", 0}};
    flow.begin(serverTimeFromSeconds(1e9));
    flow.begin(serverTimeFromSeconds(1e9 + 2));
    flow.add("q", Row(columns, TextValues{"9"}), {"enqueued"});
    const auto back = flow.begin(serverTimeFromSeconds(1e9 - 50));
    QCOMPARE(back.since, back.until);
    QCOMPARE(flow.total("q", "enqueued"), Count::exact(0));
    flow.add("q", Row(columns, TextValues{"9"}), {"enqueued"});
    flow.begin(serverTimeFromSeconds(1e9 + 500));  // a gap longer than any timeline bridges
    QCOMPARE(flow.total("q", "enqueued"), Count::exact(0));
}

void TestPostgresParts::everyDefinitionLoads() {
    const auto systems = builtInSystems();
    QVERIFY2(systems.ok(), systems.ok() ? "" : qPrintable(systems.failure().sentence()));
    QVERIFY(!systems->empty());
    for (const auto& system : *systems) {
        const auto fromFolder =
            loadSystemDefinition(QStringLiteral(SPILLWAY_SOURCE_DIR "/resources/systems/") + system.name);
        QVERIFY2(fromFolder.ok(), qPrintable(system.name));
        QCOMPARE(fromFolder->questions.size(), system.questions.size());
    }
}

void TestPostgresParts::whatASystemShowsAtBestIsSaid_data() {
    QTest::addColumn<QString>("system");
    QTest::addColumn<QString>("signal");
    QTest::addColumn<QString>("how");  // its beginning; empty: not observable
    const auto row = [](const char* name, const QString& system, const QString& signal, const QString& how) {
        QTest::newRow(name) << system << signal << how;
    };
    // Their leases name the owner, so that polls see some take-overs; pg-boss records none.
    row("River", u"river"_s, u"take_overs"_s, u"at least: "_s);
    row("Oban", u"oban"_s, u"take_overs"_s, u"at least: "_s);
    row("Graphile Worker", u"graphile_worker"_s, u"take_overs"_s, u"at least: "_s);
    row("pg-boss", u"pgboss"_s, u"take_overs"_s, {});
    row("no record of every claim", u"river"_s, u"duplicate_claims"_s, {});
    row("no time of death", u"graphile_worker"_s, u"dead_oldest_age_s"_s, u"estimated: "_s);
    row("its time of death", u"river"_s, u"dead_oldest_age_s"_s, u"over the discarded jobs"_s);
}

void TestPostgresParts::whatASystemShowsAtBestIsSaid() {
    QFETCH(QString, system);
    QFETCH(QString, signal);
    QFETCH(QString, how);
    const auto systems = builtInSystems();
    QVERIFY(systems.ok());
    const auto it = std::ranges::find(*systems, system, &SystemDefinition::name);
    QVERIFY(it != systems->end());
    const Capabilities best = capabilitiesAtBest(*it);
    QCOMPARE(best.observable(signal), !how.isEmpty());
    if (!how.isEmpty()) QVERIFY2(best.why(signal).startsWith(how), qPrintable(best.why(signal)));
}

void TestPostgresParts::everyQuestionIsFilledCompletely() {
    const auto systems = builtInSystems();
    QVERIFY(systems.ok());
    for (const auto& system : *systems) {
        SchemaCatalog catalog;  // everything is there and may be read and changed
        catalog.usable = true;
        catalog.quoted = u"s"_s;
        catalog.tables[system.jobs].quoted = u"s.job"_s;
        for (const auto& question : system.questions) {
            for (const auto& column : question.columns)
                catalog.tables[column.section(u'.', 0, 0)].columns[column.section(u'.', 1)].readable = true;
            for (QString column : question.writes) {
                column.remove(u'?');  // only where the layout has it
                catalog.tables[column.section(u'.', 0, 0)].columns[column.section(u'.', 1)].updatable = true;
            }
        }
        for (auto question : system.questions) {
            SystemDefinition one = system;
            one.questions = {question};
            const auto plan = planQuestions(one, catalog);
            QVERIFY2(plan.questions.size() == 1, qPrintable(question.file));
            PollValues values;
            values.schemaQuoted = u"s"_s;
            values.jobs = u"s.job"_s;
            values.queues[u"s.job"_s] = {"q"};
            const auto statement = statementFor({&plan.questions.front()}, values);
            static const QRegularExpression left(u"\\{[a-z_]+\\}"_s);
            const auto sql = QString::fromStdString(statement.sql);
            QVERIFY2(!left.match(sql).hasMatch(),
                     qPrintable(question.file + u": "_s + left.match(sql).captured()));
        }
    }
}

void TestPostgresParts::theFirstVariantThatFitsAnswers() {
    SystemDefinition system;
    system.name = u"x"_s;
    system.title = u"X"_s;
    system.jobs = u"job"_s;
    const auto add = [&](const QString& name, const QString& sql, const QStringList& answers,
                         const QStringList& columns) -> Question& {
        Question question;
        question.name = name;
        question.sql = sql;
        question.answers = answers;
        question.columns = columns;
        system.questions.push_back(question);
        return system.questions.back();
    };
    add(u"queues"_s, u"SELECT 'q' AS queue"_s, {}, {});
    add(u"counts"_s, u"newest"_s, {u"ready"_s, u"dead"_s}, {u"job.not_there"_s});
    add(u"counts"_s, u"indexed"_s, {u"ready"_s}, {u"job.state"_s}).indexes = {{u"state"_s}};
    add(u"counts"_s, u"scan"_s, {u"ready"_s, u"dead"_s}, {u"job.state"_s}).scan = true;
    add(u"oldest"_s, u"secret"_s, {u"oldest_age_s"_s}, {u"job.secret"_s});
    SchemaCatalog catalog;
    catalog.usable = true;
    catalog.role = u"me"_s;
    auto& job = catalog.tables[u"job"_s];
    job.quoted = u"s.job"_s;
    job.bytes = 1000;
    job.columns[u"state"_s].readable = true;
    job.columns[u"secret"_s].readable = false;
    job.indexes = {{{u"i"_s, {{u"state"_s, u"id"_s}, false}}}};
    auto plan = planQuestions(system, catalog);
    QCOMPARE(plan.answering(u"counts"_s, u"ready"_s)->sql, u"indexed"_s);
    QCOMPARE(plan.answering(u"counts"_s, u"dead"_s)->sql, u"scan"_s);
    QCOMPARE(plan.capabilities.why(u"oldest_age_s"_s),
             u"The role me may not read s.job. GRANT SELECT (secret) ON s.job TO me;"_s);
    job.bytes = system.scanBytes + 1;
    plan = planQuestions(system, catalog);
    QVERIFY(!plan.answering(u"counts"_s, u"dead"_s));
    QVERIFY(!plan.capabilities.observable(u"dead"_s));
    job.indexes.push_back({});  // a partition without the index
    plan = planQuestions(system, catalog);
    QVERIFY(!plan.answering(u"counts"_s, u"ready"_s));
}

void TestPostgresParts::planIsRead() {
    const auto facts = planFacts(R"([{"Plan":{"Node Type":"Append","Plan Rows":5,"Total Cost":9.5,"Plans":[
        {"Node Type":"Limit","Plan Rows":2,"Plans":[{"Node Type":"Seq Scan","Plan Rows":2}]},{"Node Type":"Index Scan","Plan Rows":3}]}}])");
    QVERIFY(facts);
    QVERIFY(facts->sequentialScan);
    QVERIFY(!facts->filtered);
    QCOMPARE(facts->branchRows, (std::vector<double>{2, 3}));
    QVERIFY(!planFacts("not json"));
}

QTEST_GUILESS_MAIN(TestPostgresParts)
#include "tst_postgres_parts.moc"
