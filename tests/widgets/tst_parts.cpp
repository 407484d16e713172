// The words and colours of the parts around the pages.
#include <QCompleter>
#include <QtTest>

#include "tests/support/invented_scene.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/queue_figures.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/status_line.h"
#include "widgets/parts/tabular_text.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/verdict_banner.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;
using test::QueueBuilder;
using test::ReadingBuilder;

class PartsTest : public QObject {
    Q_OBJECT

    static QPushButton* buttonSaying(VerdictBanner& banner, const QString& begin,
                                     const ConnectionViews& views) {
        banner.setConnections(views);
        for (auto* button : banner.findChildren<QPushButton*>())
            if (button->text().startsWith(begin)) return button;
        return nullptr;
    }

    static const Failure& refused() {
        static const Failure failure{FailureKind::unreachable, u"Cannot reach db:5432."_s,
                                     u"connection refused"_s, u"Check the port."_s};
        return failure;
    }

private slots:
    void figuresStayWhole_data() {
        QTest::addColumn<QString>("text");  // "_" where it must not break
        for (const auto* text :
             {"3 of 1_789 claims", "drains in 3_d_4_h at 12.4_k jobs", "≈_2.0_M or ≥_10.0_k", "8_/_24 busy",
              "48_% in 7_min", "question 2 is open", "20 sad jobs of 3 kinds", "took 12_ms and 1_h_30_min"})
            QTest::newRow(text) << QString::fromUtf8(text);
    }
    void figuresStayWhole() {
        QFETCH(QString, text);
        const QString plain = QString(text).replace(u'_', u' ');
        text.replace(u'_', QChar::Nbsp);
        QCOMPARE(withWholeFigures(plain), text);
        QCOMPARE(withWholeFigures(text), text);
        SafeLabel wrapped;
        wrapped.setWordWrap(true);
        wrapped.setSafeText(plain);
        QCOMPARE(wrapped.text(), text);
        QCOMPARE(wrapped.safeText(), plain);
    }

    void verdictNamesTheWorstFirst() {
        InventedScene scene;
        const Verdict verdict = verdictOn(scene.at(0));
        QCOMPARE(verdict.tone, Verdict::Tone::critical);
        QVERIFY2(verdict.headline.contains(u"orders"_s) && verdict.headline.contains(u"will never drain"_s),
                 qPrintable(verdict.headline));
        QVERIFY2(verdict.reasons.contains(u"to stop the growth"_s) && verdict.reasons.contains(u"emails"_s),
                 qPrintable(verdict.reasons));
        QCOMPARE(verdict.target, (QueueRef{u"prod-pg"_s, u"pgboss"_s, u"orders"_s}));
        QCOMPARE(verdict.button, u"Open orders"_s);
        QVERIFY2(verdict.since.startsWith(u"since "_s), qPrintable(verdict.since));
    }

    void verdictIsQuietOnlyWhenSomethingWasSeen() {
        ConnectionView view;
        view.name = u"prod-pg"_s;
        QCOMPARE(verdictOn({}).tone, Verdict::Tone::waiting);
        QCOMPARE(verdictOn({view}).headline, u"Connecting to prod-pg…"_s);
        view = withReading(view,
                           ReadingBuilder(u"prod-pg"_s)
                               .system(u"pgboss"_s, u"pg-boss"_s)
                               .queue(QueueBuilder(u"a"_s))
                               .build(),
                           QDateTime::currentDateTime());
        QCOMPARE(verdictOn({view}).tone, Verdict::Tone::quiet);
        QCOMPARE(verdictOn({view}).reasons, u"1 queue watched on 1 connection"_s);
        const Verdict blind = verdictOn({withFailure(view, refused())}, view.last_at.addSecs(14));
        QCOMPARE(blind.tone, Verdict::Tone::critical);
        QCOMPARE(blind.headline, u"prod-pg has not answered for 14 s: connection refused"_s);
        view.last.reset();
        const Verdict never = verdictOn({withFailure(view, refused())});
        QCOMPARE(never.tone, Verdict::Tone::warning);
        QCOMPARE(never.headline, u"prod-pg cannot be read: connection refused"_s);
    }

    void aServerThatDoesNotAnswerIsTheHeadline() {
        InventedScene scene;
        ConnectionViews views = scene.at(0);
        const QDateTime now = views[0].last_at.addSecs(14);
        QVERIFY(views[0].name == u"prod-pg"_s && verdictOn(views, now).target.queue == u"orders"_s);
        views[0] = withFailure(views[0], refused());
        const Verdict verdict = verdictOn(views, now);
        QCOMPARE(verdict.headline, u"prod-pg has not answered for 14 s: connection refused"_s);
        QVERIFY2(verdict.since.startsWith(u"data of "_s), qPrintable(verdict.since));
        for (auto& view : views) view = withFailure(view, refused());
        const QString reasons = verdictOn(views, now).reasons;
        QVERIFY2(reasons.contains(u"has not answered for"_s) && reasons.contains(u" (as of "_s),
                 qPrintable(reasons));
    }

    void theBandFollowsWhatIsConnected() {
        ConnectionView production, staging;
        production.name = u"prod"_s, staging.name = u"stage"_s;
        production.environment = Environment::production, staging.environment = Environment::staging;
        production.state = staging.state = ConnectionState::live;
        EnvironmentFrame frame;
        frame.setConnections({production, staging});
        const QColor worst = frame.color();
        production.state = ConnectionState::stale;
        frame.setConnections({production, staging});
        QCOMPARE(frame.color(), environmentColor(currentTokens(), Environment::staging));
        staging.state = ConnectionState::failed;
        frame.setConnections({production, staging});
        QCOMPARE(frame.color(), worst);
    }

    void bannerHoldsItsVerdict() {
        const auto viewWith = [](Severity severity, const QString& queue) {
            Finding finding;
            finding.id = u"x:pgboss:"_s + queue, finding.severity = severity,
            finding.connection = u"prod-pg"_s;
            finding.system = u"pgboss"_s, finding.queue = queue, finding.title = queue + u" is late"_s;
            auto reading =
                std::make_shared<Reading>(*ReadingBuilder(u"prod-pg"_s)
                                               .system(u"pgboss"_s, u"pg-boss"_s)
                                               .queue(QueueBuilder(queue).waiting(3).rates(1, 1, 9))
                                               .build());
            reading->findings = {finding};
            ConnectionView view;
            view.name = u"prod-pg"_s;
            return ConnectionViews{withReading(view, reading, QDateTime::currentDateTime())};
        };
        QDateTime now = QDateTime::currentDateTime();
        VerdictBanner banner;
        banner.setClock([&now] { return now; });
        auto* open = buttonSaying(banner, u"Open"_s, viewWith(Severity::warning, u"mails"_s));
        QVERIFY(open);
        now = now.addMSecs(4900);
        banner.setConnections(viewWith(Severity::warning, u"orders"_s));
        QCOMPARE(open->text(), u"Open mails"_s);
        now = now.addMSecs(200);
        banner.refresh();
        QCOMPARE(open->text(), u"Open orders"_s);
        banner.setConnections(viewWith(Severity::critical, u"payments"_s));  // worse: at once
        QCOMPARE(open->text(), u"Open payments"_s);
    }

    void aPressedButtonDoesWhatItSaid() {
        InventedScene scene;
        VerdictBanner banner;
        auto* open = buttonSaying(banner, u"Open"_s, scene.at(0));
        QVERIFY(open);
        banner.show();
        QSignalSpy went(&banner, &VerdictBanner::placeActivated);
        QTest::mousePress(open, Qt::LeftButton);
        ConnectionViews views = scene.at(0);
        views[0] = withFailure(views[0], refused());
        banner.setConnections(views);
        QCOMPARE(open->text(), u"Open orders"_s);
        QTest::mouseRelease(open, Qt::LeftButton);
        QCOMPARE(went.size(), 1);
        QCOMPARE(went[0][1].value<QueueRef>().queue, u"orders"_s);
        banner.refresh();
        QCOMPARE(open->text(), u"Show prod-pg"_s);
    }

    void moreLeadsToAllFindings() {
        InventedScene scene;
        ConnectionViews views = scene.at(0);
        VerdictBanner banner;
        auto reading = std::make_shared<Reading>(*views[0].last);
        reading->findings_not_shown = 7;
        views[0].last = reading;
        banner.setConnections(views);
        QSignalSpy more(&banner, &VerdictBanner::moreActivated);
        for (auto* button : banner.findChildren<QPushButton*>())
            if (button->text().endsWith(u" more"_s)) button->click();
        QCOMPARE(more.size(), 1);
        QVERIFY(verdictOn(views).more >= 7);
    }

    void verdictIsNotQuietBeforeThereWasTimeToSee() {
        ConnectionView view;
        view.name = u"prod-pg"_s;
        const auto after = [&](int polls) {
            const ReadingPtr reading = ReadingBuilder(u"prod-pg"_s)
                                           .system(u"pgboss"_s, u"pg-boss"_s)
                                           .queue(QueueBuilder(u"a"_s).waiting(3).rates(1, 1.2, polls))
                                           .build();
            return verdictOn({withReading(view, reading, QDateTime::currentDateTime())});
        };
        QCOMPARE(after(3).headline, u"Learning: 3 of 5 polls"_s);
        QCOMPARE(after(3).tone, Verdict::Tone::waiting);
        QCOMPARE(after(5).tone, Verdict::Tone::quiet);
    }

    void bannerLeadsToTheQueue() {
        InventedScene scene;
        VerdictBanner banner;
        banner.setConnections(scene.at(0));
        QSignalSpy opened(&banner, &VerdictBanner::placeActivated);
        auto* open = buttonSaying(banner, u"Open orders"_s, scene.at(0));
        QVERIFY(open);
        open->click();
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].value<Place>(), Place::queue);
        QCOMPARE(opened[0][1].value<QueueRef>().queue, u"orders"_s);
    }

    void pollLine() {
        InventedScene scene;
        (void)scene.at(2);
        const ConnectionView view = scene.at(0).front();
        QCOMPARE(pollText(view, view.last_at.addMSecs(1200)),
                 u"last poll 1.2 s ago  ·  4.1 ms  ·  ≈ 0.1 % of a core  ·  server clock +0.02 s"_s);
        QCOMPARE(pollText({}, QDateTime::currentDateTime()), u"connecting…"_s);
    }

    void zoneIsNamedWithItsOffset_data() {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QString>("text");
        QTest::newRow("Berlin") << QByteArray("Europe/Berlin") << u"times in CET (UTC+1)"_s;
        QTest::newRow("Kolkata") << QByteArray("Asia/Kolkata") << u"times in IST (UTC+5:30)"_s;
        QTest::newRow("UTC") << QByteArray("UTC") << u"times in UTC"_s;
    }
    void zoneIsNamedWithItsOffset() {
        QFETCH(QByteArray, zone);
        QTEST(zoneText(QDateTime(QDate(2026, 1, 15), QTime(12, 0), QTimeZone(zone))), "text");
    }

    void emptyStates_data() {
        QTest::addColumn<ConnectionViews>("views");
        QTest::addColumn<QString>("sentence");
        QTest::addColumn<QString>("next");
        ConnectionView view;
        view.name = u"prod-pg"_s;
        const QDateTime now(QDate(2026, 3, 3), QTime(3, 12), Qt::UTC);
        const auto with = [&](const Failure& failure) {
            return ConnectionViews{withFailure(view, failure, now.addSecs(8))};
        };
        QTest::newRow("nothing connected")
            << ConnectionViews{} << u"Nothing is connected"_s << u"Connect to"_s;
        QTest::newRow("loading") << ConnectionViews{view} << u"Connecting to prod-pg…"_s << u"first poll"_s;
        QTest::newRow("unreachable") << with(refused()) << u"Cannot reach db:5432."_s
                                     << u"Check the port. Trying again by itself in 8 s."_s;
        QTest::newRow("no permission")
            << with({FailureKind::permission, u"jobs cannot be read."_s, {}, u"GRANT SELECT."_s})
            << u"jobs cannot be read."_s << u"GRANT SELECT."_s;
        QTest::newRow("no system")
            << with({FailureKind::no_system, u"No queue system."_s, {}, u"Map a table."_s})
            << u"No queue system."_s << u"Map a table."_s;
        QTest::newRow("no queues")
            << ConnectionViews{withReading(
                   view, ReadingBuilder(u"prod-pg"_s).system(u"pgboss"_s, u"pg-boss"_s).build(), now)}
            << u"No queue holds or has held a job yet"_s << u"enqueued"_s;
    }
    void emptyStates() {
        QFETCH(ConnectionViews, views);
        QFETCH(QString, next);
        const auto text = emptyTextFor(views, QDateTime(QDate(2026, 3, 3), QTime(3, 12), Qt::UTC));
        QVERIFY(text.has_value());
        QTEST(text->sentence, "sentence");
        QVERIFY2(text->next_step.contains(next), qPrintable(text->next_step));
        QVERIFY(!iconPixmap(text->icon, Qt::red, 16, 1)
                     .toImage()
                     .convertToFormat(QImage::Format_ARGB32)
                     .allGray());
    }

    void everyIconIsThere() {
        for (const QString& name : {u"critical"_s, u"warning"_s, u"info"_s, u"quiet"_s, u"good"_s,
                                    u"connecting"_s, u"stale"_s, u"failed"_s, u"observing"_s}) {
            const QImage image = iconPixmap(name, Qt::red, 32, 1).toImage();
            int painted = 0;
            for (int y = 0; y < 32; ++y)
                for (int x = 0; x < 32; ++x) painted += qAlpha(image.pixel(x, y)) > 128;
            QVERIFY2(painted > 20, qPrintable(name));
        }
    }

    void textIsReadable_data() {
        QTest::addColumn<bool>("dark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }
    void textIsReadable() {
        QFETCH(bool, dark);
        const ThemeTokens& t = dark ? darkTokens() : lightTokens();
        const std::pair<QColor, QColor> pairs[] = {
            {t.text, t.panel},      {t.text, t.window},           {t.text, t.raised},
            {t.secondary, t.panel}, {t.secondary, t.window},      {t.critical, t.panel},
            {t.good, t.panel},      {t.on_critical, t.critical},  {t.on_warning, t.warning},
            {t.on_good, t.good},    {t.on_selection, t.selection}};
        for (const auto& [ink, paper] : pairs)
            QVERIFY2(
                contrastRatio(ink, paper) >= 4.5,
                qPrintable(u"%1 on %2: %3"_s.arg(ink.name(), paper.name()).arg(contrastRatio(ink, paper))));
        QVERIFY(contrastRatio(t.warning, t.panel) >= 3.0);  // only ever with its sign
    }

    void themeFollowsTheChosenMode() {
        Theme theme(*qApp, ThemeMode::dark);
        QVERIFY(currentTokens().dark);
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setMode(ThemeMode::light);
        QVERIFY(!currentTokens().dark);
        QCOMPARE(changed.size(), 1);
        theme.setMode(ThemeMode::automatic);  // the platform of the tests is light
        QVERIFY(!currentTokens().dark);
        QCOMPARE(changed.size(), 1);
    }

    void labelsNeverShowMarkup() {
        SafeLabel label(u"<b>bold</b> & \x1b[31m\u202e"_s);
        QCOMPARE(label.textFormat(), Qt::PlainText);
        QCOMPARE(label.text(), u"<b>bold</b> & \\x1b[31m\\u202e"_s);
        label.setElided(true);
        label.show();
        label.resize(40, 20);
        QVERIFY2(label.toolTip().contains(u"&lt;b&gt;"_s), qPrintable(label.toolTip()));
        QVERIFY(label.minimumSizeHint().width() < 100);
    }

    void digitsAreAsWideAsOneAnother() {
        const QFontMetricsF metrics{QFont(u"Inter"_s)};
        QCOMPARE(tabularWidth(metrics, u"1 111"_s), tabularWidth(metrics, u"8 888"_s));
    }

    void holdSentenceSaysWhatItTakes() {
        DrainForecast forecast;
        QCOMPARE(holdSentence(forecast), QString());
        forecast.hold_factor = Ratio::exact(5);
        forecast.clear_1h_factor = Ratio::exact(18.9);
        QCOMPARE(holdSentence(forecast),
                 u"The backlog stays as it is at 5.0× today's drain. At 19× it is gone in 1 h."_s);
    }

    void goesToAQueueByAPartOfItsName() {
        InventedScene scene;
        GoToQueue box;
        box.setConnections(scene.at(0));
        box.show();
        QSignalSpy found(&box, &GoToQueue::queueActivated);
        QTest::keyClicks(&box, u"hook"_s);
        QTest::keyClick(&box, Qt::Key_Return);
        QTRY_VERIFY(!found.isEmpty());
        for (const auto& call : found)
            QCOMPARE(call[0].value<QueueRef>(), (QueueRef{u"prod-redis"_s, u"sidekiq"_s, u"webhooks"_s}));
        QCOMPARE(box.text(), QString());
    }
};

QTEST_MAIN(PartsTest)
#include "tst_parts.moc"
