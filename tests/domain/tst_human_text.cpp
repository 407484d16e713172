#include <QTest>

#include "backends/domain/human_text.h"
#include "backends/domain/queue_reading.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class HumanTextTest : public QObject {
    Q_OBJECT
private slots:
    void counts_data() {
        QTest::addColumn<qint64>("n");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << qint64{0} << u"0"_s;
        QTest::newRow("small") << qint64{931} << u"931"_s;
        QTest::newRow("thousands") << qint64{12'400} << u"12.4 k"_s;
        QTest::newRow("rounds into the next unit") << qint64{999'960} << u"1.0 M"_s;
        QTest::newRow("stays below") << qint64{999'940} << u"999.9 k"_s;
        QTest::newRow("millions") << qint64{50'000'000} << u"50.0 M"_s;
        QTest::newRow("negative") << qint64{-12'400} << u"-12.4 k"_s;
    }
    void counts() {
        QFETCH(qint64, n);
        QTEST(countText(n), "text");
    }

    void exactCounts() {
        QCOMPARE(exactCountText(1'234'567), u"1 234 567"_s);
        QCOMPARE(exactCountText(-1'000), u"-1 000"_s);
        QCOMPARE(exactCountText(999), u"999"_s);
    }

    void rates_data() {
        QTest::addColumn<double>("rate");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << u"0/s"_s;
        QTest::newRow("tenths") << 0.4 << u"0.4/s"_s;
        QTest::newRow("thousands stay whole") << 4000.0 << u"4 000/s"_s;
        QTest::newRow("large") << 250'000.0 << u"250.0 k/s"_s;
        QTest::newRow("slow: per minute") << 0.035 << u"2.1/min"_s;
        QTest::newRow("very slow: per hour") << 0.0005 << u"1.8/h"_s;
        QTest::newRow("negative") << -4000.0 << u"-4 000/s"_s;
    }
    void rates() {
        QFETCH(double, rate);
        QTEST(rateText(rate), "text");
    }

    void shares_data() {
        QTest::addColumn<double>("share");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << 0.0 << u"0 %"_s;
        QTest::newRow("one of 667 is not none") << 1.0 / 667 << u"under 1 %"_s;
        QTest::newRow("half") << 0.5 << u"50 %"_s;
        QTest::newRow("nearly all is not all") << 0.998 << u"over 99 %"_s;
        QTest::newRow("all") << 1.0 << u"100 %"_s;
    }
    void shares() {
        QFETCH(double, share);
        QTEST(percentText(share), "text");
    }

    void atLeastNoneSaysNothing() {
        const QString why = u"only the oldest are looked at"_s;
        QCOMPARE(countText(Count::lowerBound(0, why)), u"–"_s);
        QCOMPARE(rateText(Rate::lowerBound(0, why)), u"–"_s);
        QCOMPARE(countText(Count::lowerBound(3, why)), u"≥ 3"_s);
        QCOMPARE(countText(Count::exact(0)), u"0"_s);
    }

    void durations_data() {
        QTest::addColumn<double>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << u"0 s"_s;
        QTest::newRow("tenths") << 0.4 << u"0.4 s"_s;
        QTest::newRow("seconds") << 8.2 << u"8 s"_s;
        QTest::newRow("a minute and some") << 95.0 << u"1 min 35 s"_s;
        QTest::newRow("minutes") << 31.2 * 60 << u"31 min"_s;
        QTest::newRow("the worked example") << 10'000.0 << u"2 h 47 min"_s;
        QTest::newRow("days") << 3 * 86400.0 + 4 * 3600 << u"3 d 4 h"_s;
        QTest::newRow("many days") << 92.3 * 86400 << u"92 d"_s;
    }
    void durations() {
        QFETCH(double, seconds);
        QTEST(durationText(seconds), "text");
    }

    void provenanceIsAlwaysVisible() {
        QCOMPARE(countText(Count::exact(12)), u"12"_s);
        QCOMPARE(countText(Count::estimated(2'000'000, u"m"_s)), u"≈ 2.0 M"_s);
        QCOMPARE(countText(Count::lowerBound(10'000, u"m"_s)), u"≥ 10.0 k"_s);
        QCOMPARE(countText(Count::notObservable(u"why"_s)), u"–"_s);
        QCOMPARE(rateText(Rate::estimated(4, u"m"_s)), u"≈ 4.0/s"_s);
        QCOMPARE(durationText(Seconds::exact(8)), u"8 s"_s);
    }

    void hostileTextBecomesVisible_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("text");
        QTest::newRow("plain") << QByteArray("orders high/1") << u"orders high/1"_s;
        QTest::newRow("markup stays text") << QByteArray("<b>x</b>") << u"<b>x</b>"_s;
        QTest::newRow("newline and tab") << QByteArray("a\nb\tc") << u"a\\nb\\tc"_s;
        QTest::newRow("escape sequence") << QByteArray("\x1b[31m") << u"\\x1b[31m"_s;
        QTest::newRow("bidi override") << QByteArray("a\u202eb") << u"a\\u202eb"_s;
        QTest::newRow("NUL") << QByteArray("a\0b", 3) << u"a\\x00b"_s;
        QTest::newRow("not UTF-8") << QByteArray("q\xff\xfe") << u"q\\xff\\xfe"_s;
        QTest::newRow("umlaut and emoji") << QByteArray("grün 🚰") << u"grün 🚰"_s;
    }
    void hostileTextBecomesVisible() {
        QFETCH(QByteArray, bytes);
        QTEST(visibleText(bytes), "text");
    }

    void longTextIsCut() {
        QCOMPARE(visibleText(QString(500, u'x'), 10), QString(10, u'x') + u'…');
        QCOMPARE(visibleText(QByteArray(500, 'x'), 10), QString(10, u'x') + u'…');
        QCOMPARE(visibleText(QString(10, u'x'), 10), QString(10, u'x'));
    }

    void aSystemIsNamedOnce_data() {
        QTest::addColumn<QString>("title");
        QTest::addColumn<QString>("name_space");
        QTest::addColumn<QString>("label");
        QTest::newRow("its usual schema") << u"pg-boss"_s << u"pgboss"_s << u"pg-boss"_s;
        QTest::newRow("the same word")
            << u"Graphile Worker"_s << u"graphile_worker"_s << u"Graphile Worker"_s;
        QTest::newRow("public") << u"Oban"_s << u"public"_s << u"Oban"_s;
        QTest::newRow("a schema of its own") << u"pg-boss"_s << u"billing"_s << u"pg-boss billing"_s;
        QTest::newRow("no prefix") << u"Sidekiq"_s << QString() << u"Sidekiq"_s;
        QTest::newRow("a prefix") << u"BullMQ"_s << u"acme"_s << u"BullMQ acme"_s;
        QTest::newRow("a table") << u"table jobs"_s << u"public.jobs"_s << u"table jobs"_s;
        QTest::newRow("a table elsewhere") << u"table ops.jobs"_s << u"ops.jobs"_s << u"table ops.jobs"_s;
        QTest::newRow("hostile") << u"x\n"_s << u"\u202e"_s << visibleText(u"x\n \u202e"_s);
    }
    void aSystemIsNamedOnce() {
        QFETCH(QString, title);
        QFETCH(QString, name_space);
        const SystemIdentity identity{u"system"_s, title, {}, name_space};
        QTEST(identity.label(), "label");
    }
};

QTEST_GUILESS_MAIN(HumanTextTest)
#include "tst_human_text.moc"
