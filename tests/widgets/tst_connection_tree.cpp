// Connections, systems and queues as a tree that keeps its nodes over polls.
#include <QAbstractItemModelTester>
#include <QtTest>

#include "backends/domain/human_text.h"
#include "tests/support/reading_builder.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/connection_tree_model.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::QueueBuilder;
using test::ReadingBuilder;

class ConnectionTreeTest : public QObject {
    Q_OBJECT

    static ConnectionView live(const ReadingBuilder& builder) {
        const ReadingPtr reading = builder.build();
        ConnectionView view;
        view.name = reading->connection;
        return withReading(view, reading, QDateTime::currentDateTime());
    }
    static ReadingBuilder prod() {
        return ReadingBuilder(u"prod-pg"_s).system(u"pgboss"_s, u"pg-boss"_s, u"10"_s);
    }
    static QueueBuilder orders() { return QueueBuilder(u"orders"_s).waiting(9000).rates(50, 10); }

private slots:
    void aUrlHasAShortLabel_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("label");
        const auto row = [](const char* name, const QString& url, const QString& label) {
            QTest::newRow(name) << url << label;
        };
        row("saved", u"prod-pg"_s, u"prod-pg"_s);
        row("postgres", u"postgresql://me@db.internal/shop"_s, u"shop @ db.internal"_s);
        row("its port", u"postgres://db.internal:5433/shop"_s, u"shop @ db.internal:5433"_s);
        row("usual socket", u"postgresql:///shop?host=/var/run/postgresql"_s, u"shop @ local socket"_s);
        row("own socket", u"postgresql://postgres@/postgres?host=/tmp/pg-x&port=5432"_s,
            u"postgres @ pg-x"_s);
        row("no database", u"postgresql://db.internal"_s, u"postgres @ db.internal"_s);
        row("redis", u"redis://cache:6379/0"_s, u"redis @ cache"_s);
        row("redis database", u"rediss://cache:6380/2"_s, u"redis @ cache:6380/2"_s);
        row("redis socket", u"unix:///run/redis/redis.sock?db=3"_s, u"redis @ local socket/3"_s);
        row("conninfo", u"host=db dbname=shop"_s, u"shop @ db"_s);
        row("PG* variables", u"host='/tmp/pg x' port='5433' user='me' dbname='o\\'brien'"_s,
            u"o'brien @ pg x:5433"_s);
        row("a socket of this machine", u"host='/tmp' port=5433"_s, u"postgres @ local socket:5433"_s);
        row("a service", u"service='prod'"_s, u"service prod"_s);
        row("hostile", u"redis://a\u202eb"_s, visibleText(u"redis://a\u202eb"_s));
    }
    void aUrlHasAShortLabel() {
        QFETCH(QString, name);
        QTEST(connectionLabel(name), "label");
    }
    void showsThreeLevelsWithTheWorstStateUpwards() {
        ConnectionTreeModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setConnections({live(prod().queue(orders()).queue(QueueBuilder(u"calm"_s)))});
        const QModelIndex connection = model.index(0, 0), system = model.index(0, 0, connection);
        QCOMPARE(connection.data().toString(), u"prod-pg"_s);
        QCOMPARE(system.data().toString(), u"pg-boss 10"_s);
        QCOMPARE(model.rowCount(system), 2);
        for (const QModelIndex& index : {connection, system, model.index(0, 0, system)})
            QCOMPARE(index.data(ConnectionTreeModel::IconRole).toString(), u"critical"_s);
        QCOMPARE(model.index(1, 0, system).data(ConnectionTreeModel::IconRole).toString(), u"quiet"_s);
        QCOMPARE(model.index(0, 0, system).data(Qt::AccessibleTextRole).toString(), u"orders, Critical"_s);
    }

    void keepsNodesOverPolls() {
        ConnectionTreeModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setConnections({live(
            prod().queue(QueueBuilder(u"a"_s)).queue(QueueBuilder(u"b"_s)).queue(QueueBuilder(u"c"_s)))});
        const QPersistentModelIndex c = model.indexOf({u"prod-pg"_s, u"pgboss"_s, u"c"_s});
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setConnections({live(
            prod().queue(QueueBuilder(u"a"_s)).queue(QueueBuilder(u"b"_s)).queue(QueueBuilder(u"c"_s)))});
        QCOMPARE(changed.size(), 0);
        model.setConnections({live(prod().queue(QueueBuilder(u"new"_s)).queue(QueueBuilder(u"c"_s)))});
        QVERIFY(c.isValid());
        QCOMPARE(c.data().toString(), u"c"_s);
        QCOMPARE(c.row(), 0);
        QVERIFY(!model.indexOf({u"prod-pg"_s, u"pgboss"_s, u"a"_s}).isValid());
        QCOMPARE(model.indexOf({u"prod-pg"_s, u"pgboss"_s, u"new"_s}).row(), 1);
        model.setConnections({});
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!c.isValid());
    }

    void aFolderHoldsItsConnectionsAndTheWorstState() {
        ConnectionTreeModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        ConnectionView bad = live(prod().queue(orders()));
        ConnectionView calm = live(ReadingBuilder(u"calm"_s).system(u"pgboss"_s, u"pg-boss"_s, u"10"_s));
        bad.folder = calm.folder = u"payments"_s;
        const ConnectionView alone = live(ReadingBuilder(u"alone"_s).system(u"rq"_s, u"RQ"_s, {}));
        model.setConnections({calm, alone, bad});
        const QModelIndex folder = model.index(0, 0);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(folder.data().toString(), u"payments"_s);
        QCOMPARE(model.rowCount(folder), 2);
        QCOMPARE(folder.data(ConnectionTreeModel::IconRole).toString(), u"critical"_s);
        QCOMPARE(folder.data(Qt::AccessibleTextRole).toString(), u"payments, Critical"_s);
        QVERIFY(!(folder.flags() & Qt::ItemIsSelectable));
        QVERIFY(folder.data(ConnectionTreeModel::RefRole).value<QueueRef>().isEmpty());
        const QPersistentModelIndex queue = model.indexOf({u"prod-pg"_s, u"pgboss"_s, u"orders"_s});
        QCOMPARE(queue.data().toString(), u"orders"_s);
        QCOMPARE(queue.parent().parent().parent(), folder);
        model.setConnections({calm, alone, bad});
        QVERIFY(queue.isValid());
        model.setConnections({alone});
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.index(0, 0).data().toString(), u"alone"_s);
    }

    void tellsStaleAndUnreachable() {
        ConnectionTreeModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const Failure refused{FailureKind::unreachable, u"Cannot reach db:5432."_s, u"<b>refused</b>"_s,
                              u"Check the port."_s};
        ConnectionView never;
        never.name = u"never"_s;
        model.setConnections({withFailure(live(prod().queue(orders())), refused),
                              withFailure(never, refused),
                              {.name = u"new"_s}});
        QStringList icons;
        for (int row = 0; row < model.rowCount(); ++row)
            icons << model.index(row, 0).data(ConnectionTreeModel::IconRole).toString();
        QCOMPARE(icons, (QStringList{u"stale"_s, u"failed"_s, u"connecting"_s}));
        const QString tip = model.index(1, 0).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains(u"Check the port."_s) && tip.contains(u"&lt;b&gt;"_s), qPrintable(tip));
        QVERIFY(model.indexOf({u"prod-pg"_s, u"pgboss"_s, u"orders"_s}).isValid());  // old data stays
    }
};

QTEST_MAIN(ConnectionTreeTest)
#include "tst_connection_tree.moc"
