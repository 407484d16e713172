// Dead letters as a person works through them: page after page, narrowed down, one job in full, however
// hostile.
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTreeWidget>
#include <QtTest>

#include "tests/support/invented_dead_letters.h"
#include "tests/support/invented_scene.h"
#include "widgets/dead/age_strip.h"
#include "widgets/dead/filter_bar.h"
#include "widgets/dead/group_list.h"
#include "widgets/dead/header.h"
#include "widgets/dead/job_inspector.h"
#include "widgets/dead/payload_pane.h"
#include "widgets/models/dead_groups_model.h"
#include "widgets/models/dead_jobs_model.h"
#include "widgets/models/dead_summary.h"
#include "widgets/models/secret_fields.h"
#include "widgets/models/table_text.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedDeadLetters;
using test::InventedScene;

namespace {

struct Asked {
    QString connection;
    quint64 ticket;
    Inquiry inquiry;
};

// The page in a window of the scene, and every question it asks; answers them only when told to.
class Desk {
public:
    explicit Desk(qint64 dead = 31) : server(test::someNight(), dead) {
        QObject::connect(&page, &DeadLettersPage::inquiryMade, &page,
                         [this](const QString& connection, quint64 ticket, const Inquiry& inquiry) {
                             asked.push_back({connection, ticket, inquiry});
                         });
        page.resize(1180, 640);
        page.setConnections(scene.at(0));
        page.setScope(payments());
        page.show();
    }
    static QueueRef payments() { return {u"prod-pg"_s, u"pgboss"_s, u"payments"_s}; }

    template <typename Query>
    [[nodiscard]] int count() const {
        return static_cast<int>(std::count_if(asked.begin(), asked.end(), [](const Asked& a) {
            return std::holds_alternative<Query>(a.inquiry);
        }));
    }
    template <typename Query>
    [[nodiscard]] Query last() const {
        for (auto it = asked.rbegin(); it != asked.rend(); ++it)
            if (const auto* query = std::get_if<Query>(&it->inquiry)) return *query;
        return {};
    }
    void answerAll() {
        while (m_answered < asked.size()) {
            const Asked next = asked[m_answered++];
            page.takeAnswer(next.ticket, server.answer(next.inquiry));
        }
    }
    void open(int row) {
        page.table()->setCurrentIndex(page.table()->model()->index(row, 0));
        QTest::keyClick(page.table(), Qt::Key_Return);
    }
    [[nodiscard]] int rows() const { return page.table()->model()->rowCount(); }
    [[nodiscard]] bool says(const QString& part) const {
        const auto labels = page.findChildren<SafeLabel*>();
        return std::any_of(labels.begin(), labels.end(), [&](const SafeLabel* label) {
            return label->isVisible() && label->safeText().contains(part);
        });
    }
    [[nodiscard]] QPushButton* button(const QString& text) const {
        for (auto* each : page.findChildren<QPushButton*>())
            if (each->isVisible() && each->text() == text) return each;
        return nullptr;
    }

    InventedScene scene;
    InventedDeadLetters server;
    std::vector<Asked> asked;
    DeadLettersPage page;

private:
    size_t m_answered = 0;
};

}  // namespace

class DeadLettersTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;

private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }

    void asksOnlyWhenSomebodyLooks() {
        InventedScene scene;
        DeadLettersPage page;
        QSignalSpy asked(&page, &DeadLettersPage::inquiryMade);
        page.setConnections(scene.at(0));
        page.setScope(Desk::payments());
        QCOMPARE(asked.size(), 0);
        page.show();
        QCOMPARE(asked.size(), 2);  // jobs and causes
        QCOMPARE(asked[0][0].toString(), u"prod-pg"_s);
        QVERIFY(asked[0][1].toULongLong() != 0 && asked[0][1] != asked[1][1]);
    }

    void readsPageAfterPage() {
        Desk desk(450);
        desk.answerAll();
        QCOMPARE(desk.rows(), 200);
        QVERIFY(desk.says(u"200 of 450"_s));
        const int before = desk.count<DeadQuery>();
        auto* bar = desk.page.table()->verticalScrollBar();
        bar->setValue(bar->maximum());
        QTRY_COMPARE(desk.count<DeadQuery>(), before + 1);
        QCOMPARE(desk.last<DeadQuery>().after, u"200"_s);
        bar->setValue(bar->minimum());
        bar->setValue(bar->maximum());
        QCOMPARE(desk.count<DeadQuery>(), before + 1);  // one page at a time
        desk.answerAll();
        QCOMPARE(desk.rows(), 400);
        QTRY_VERIFY(bar->maximum() > bar->value());
        bar->setValue(bar->maximum());
        QTRY_COMPARE(desk.count<DeadQuery>(), before + 2);
        desk.answerAll();
        QCOMPARE(desk.rows(), 450);
        QVERIFY(!desk.page.table()->model()->canFetchMore({}));
        const auto id = [&](int row) { return desk.page.table()->model()->index(row, 0).data().toString(); };
        QCOMPARE(id(449), desk.server.job(449).id);
    }

    void aFailedPageKeepsWhatWasRead() {
        Desk desk(450);
        desk.answerAll();
        desk.page.table()->verticalScrollBar()->setValue(desk.page.table()->verticalScrollBar()->maximum());
        QTRY_VERIFY(!desk.last<DeadQuery>().after.isEmpty());
        desk.page.takeAnswer(desk.asked.back().ticket,
                             Failure{FailureKind::timeout, u"The server took too long."_s, {}, {}});
        QCOMPARE(desk.rows(), 200);
        QVERIFY(desk.says(u"no more: The server took too long."_s));
        QVERIFY(!desk.page.table()->model()->canFetchMore({}));
    }

    void lateAnswersAreIgnored() {
        Desk desk;
        const Asked first = desk.asked.front();
        desk.page.filterBar()->kindField()->setText(u"RefundCard"_s);
        desk.page.takeAnswer(first.ticket, desk.server.answer(first.inquiry));
        QCOMPARE(desk.rows(), 0);  // already while a person types
        QTRY_COMPARE(desk.last<DeadQuery>().filter.kind, u"RefundCard"_s);
        desk.page.takeAnswer(first.ticket, desk.server.answer(first.inquiry));
        QCOMPARE(desk.rows(), 0);
        desk.answerAll();
        QCOMPARE(desk.rows(), 7);
        desk.page.takeAnswer(desk.asked.back().ticket, desk.server.answer(first.inquiry));
        desk.page.takeAnswer(first.ticket, Failure{FailureKind::timeout, u"late"_s, {}, {}});
        desk.page.takeAnswer(0, desk.server.answer(first.inquiry));
        QCOMPARE(desk.rows(), 7);
    }

    void typingAsksOnce() {
        Desk desk;
        desk.answerAll();
        const int before = desk.count<DeadQuery>(), groups = desk.count<DeadGroupsQuery>();
        QTest::keyClicks(desk.page.filterBar()->kindField(), u"RefundCard"_s);
        QTRY_COMPARE(desk.count<DeadQuery>(), before + 1);
        QCOMPARE(desk.count<DeadGroupsQuery>(), groups);  // a kind does not change the causes
    }

    void filterBecomesAQuery_data() {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("typed");
        QTest::newRow("kind") << u"kind"_s << u" ChargeCard "_s;
        QTest::newRow("ids") << u"id"_s << u"a  b"_s;
        QTest::newRow("an error as it was logged")
            << u"error"_s << u"Timeout: gateway.example.com did not answer within 99 s (request 7)"_s;
        QTest::newRow("age") << u"age"_s << u"Older than 24 h"_s;
        QTest::newRow("order") << u"order"_s << u"Oldest first"_s;
    }
    void filterBecomesAQuery() {
        QFETCH(QString, field);
        QFETCH(QString, typed);
        Desk desk;
        desk.answerAll();
        const int before = desk.count<DeadQuery>();
        DeadFilterBar* bar = desk.page.filterBar();
        if (field == "kind"_L1) bar->kindField()->setText(typed);
        if (field == "id"_L1) bar->idField()->setText(typed);
        if (field == "error"_L1) bar->errorField()->setText(typed);
        for (auto* box : desk.page.findChildren<QComboBox*>())
            if (const int index = box->findText(typed); index >= 0) {
                box->setCurrentIndex(index);
                emit box->activated(index);
            }
        QTRY_COMPARE(desk.count<DeadQuery>(), before + 1);
        const DeadQuery query = desk.last<DeadQuery>();
        JobFilter expected{.system = u"pgboss"_s, .queues = {u"payments"_s}};
        if (field == "kind"_L1) expected.kind = u"ChargeCard"_s;
        if (field == "id"_L1) expected.ids = QStringList{u"a"_s, u"b"_s};
        if (field == "error"_L1) expected.error_signature = errorSignature(InventedDeadLetters::error(0));
        if (field == "age"_L1) expected.older_than_s = 86'400;
        QCOMPARE(query.filter, expected);
        QCOMPARE(query.newest_first, field != "order"_L1);
        QVERIFY(query.after.isEmpty());
    }

    void aCauseNarrowsTheJobs() {
        Desk desk;
        desk.answerAll();
        QListView* causes = desk.page.groupList()->view();
        QCOMPARE(causes->model()->rowCount(), 3);
        QVERIFY(desk.says(u"of all 31"_s));
        const QRect second = causes->visualRect(causes->model()->index(1, 0));
        QTest::mouseClick(causes->viewport(), Qt::LeftButton, {}, second.center());
        QTRY_COMPARE(desk.last<DeadQuery>().filter.kind, u"RefundCard"_s);
        QCOMPARE(desk.last<DeadQuery>().filter.error_signature, u"ConnectionRefused: <host> after <n> ms"_s);
        desk.answerAll();
        QCOMPARE(desk.rows(), 7);
        QCOMPARE(causes->model()->rowCount(), 3);  // the others stay
        QTest::mouseClick(causes->viewport(), Qt::LeftButton, {}, second.center());
        QTRY_VERIFY(desk.last<DeadQuery>().filter.kind.isEmpty());
        desk.answerAll();
        QCOMPARE(desk.rows(), 31);
    }

    void boundedGroupsSaySo() {
        DeadGroupsModel model;
        model.setGroups(
            {test::someNight(),
             {{u"Timeout"_s, u"Mail"_s, Count::lowerBound(4000, u"of the newest 5 000"_s), {}, {}, {}, {}}},
             5000,
             false});
        QCOMPARE(model.coverage(), u"of the newest 5 000"_s);
        QCOMPARE(model.index(0, static_cast<int>(GroupColumn::jobs)).data().toString(), u"≥ 4.0 k"_s);
        QCOMPARE(model.index(0, static_cast<int>(GroupColumn::share)).data().toString(), u"80 %"_s);
    }

    void aBarOfAgesNarrowsTheJobs() {
        Desk desk;
        desk.answerAll();
        emit desk.page.findChild<AgeStrip*>()->bucketActivated(2);
        QTRY_COMPARE(desk.last<DeadQuery>().filter.older_than_s, std::optional(86'400.0));
        QCOMPARE(desk.last<DeadQuery>().filter.newer_than_s, std::optional(7 * 86'400.0));
        QCOMPARE(desk.page.filterBar()->ageBox()->currentText(), u"Age 1–7 d"_s);
        QTRY_VERIFY(desk.count<DeadGroupsQuery>() == 2);  // an age changes the causes, too
    }

    void emptyListsSayWhy() {
        Desk desk;
        QVERIFY(desk.says(u"Reading the dead letters of payments…"_s));
        desk.button(u"Stop"_s)->click();
        QVERIFY(desk.says(u"Not read"_s));
        desk.answerAll();
        QCOMPARE(desk.rows(), 0);  // what was stopped does not come back
        desk.button(u"Read them"_s)->click();
        desk.page.takeAnswer(desk.asked[desk.asked.size() - 2].ticket,
                             Failure{FailureKind::permission, u"Role readonly may not read pgboss.job."_s,
                                     u"permission denied for table job"_s, u"Grant SELECT on it."_s});
        QVERIFY(desk.says(u"Role readonly may not read pgboss.job."_s));
        QVERIFY(desk.says(u"permission denied for table job"_s));
        desk.button(u"Try again now"_s)->click();
        desk.page.takeAnswer(desk.asked[desk.asked.size() - 2].ticket, DeadPage{});
        QVERIFY(desk.says(u"No dead letter in payments"_s));
        desk.page.filterBar()->kindField()->setText(u"Nothing"_s);
        QTRY_COMPARE(desk.last<DeadQuery>().filter.kind, u"Nothing"_s);
        desk.answerAll();
        QVERIFY(desk.says(u"No dead letter matches the filter"_s));
        desk.button(u"Clear filter"_s)->click();
        QTRY_VERIFY(desk.last<DeadQuery>().filter.kind.isEmpty());
    }

    void staleFiguresStayAndSaySo() {
        Desk desk;
        desk.answerAll();
        ConnectionViews views = desk.scene.views();
        views[0] = withFailure(views[0], {FailureKind::unreachable, u"Cannot reach it."_s, {}, {}});
        views[0].last_at = QDateTime::currentDateTime().addSecs(-200);
        desk.page.setConnections(views);
        QCOMPARE(desk.rows(), 31);
        QVERIFY(desk.says(u"prod-pg does not answer; these figures are 3 min 20 s old"_s));
    }

    void headerTellsTheRetentionClock() {
        InventedScene scene;
        const auto views = scene.at(0);
        const auto of = [&](const QueueRef& scope) {
            return deadSummary(queuesIn(*findConnection(views, scope.connection), scope));
        };
        const DeadSummary webhooks = of({u"prod-redis"_s, u"sidekiq"_s, u"webhooks"_s});
        QCOMPARE(
            webhooks.retention,
            u"Sidekiq: deleted 180 d after death, or beyond 10 000 · 12 go within 24 h, the first in 3 h"_s);
        QCOMPARE(webhooks.loud, std::optional(Severity::warning));
        const DeadSummary all = of({u"prod-pg"_s, {}, {}});
        QCOMPARE(all.dead.value, std::optional<qint64>(2'000'043));
        QCOMPARE(all.dead.provenance, Provenance::estimated);  // as weak as its weakest part
        QCOMPARE(all.loud, std::optional(Severity::critical));
        QVERIFY(!all.p50_s.known());  // percentiles do not add up
    }

    void opensOneJob() {
        Desk desk;
        desk.answerAll();
        desk.open(2);
        QCOMPARE(desk.last<JobQuery>(), (JobQuery{u"pgboss"_s, u"payments"_s, desk.server.job(2).id}));
        QVERIFY(desk.says(u"Reading the job…"_s));
        desk.answerAll();
        JobInspector* job = desk.page.inspector();
        QCOMPARE(job->job().id, desk.server.job(2).id);
        QVERIFY(job->errorView()->toPlainText().contains(u"Attempt 5 · 2026-03-03"_s));
        QVERIFY(desk.says(u"2026-03-03 02:03:40 UTC"_s));
        job->copyRow();
        const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
        QCOMPARE(lines.size(), 2);
        QCOMPARE(lines[0].count(u'\t'), lines[1].count(u'\t'));
        QTest::keyClick(desk.page.table(), Qt::Key_Escape);
        QVERIFY(!job->isVisible());
    }

    void walkingThroughTheRowsAsksForTheLastOnly() {
        Desk desk;
        desk.answerAll();
        desk.open(0);
        desk.answerAll();
        const int before = desk.count<JobQuery>();
        for (int i = 0; i < 5; ++i) QTest::keyClick(desk.page.table(), Qt::Key_Down);
        QTRY_COMPARE(desk.count<JobQuery>(), before + 1);
        QCOMPARE(desk.last<JobQuery>().id, desk.server.job(5).id);
    }

    void aJobThatWentAwaySaysSo() {
        Desk desk;
        desk.answerAll();
        desk.open(0);
        desk.page.takeAnswer(desk.asked.back().ticket, Failure{FailureKind::changed, u"gone"_s, {}, {}});
        QVERIFY(desk.says(u"This job is no longer among the dead"_s));
    }

    void secretsAreHiddenUntilAskedFor() {
        Desk desk;
        desk.answerAll();
        desk.open(0);
        desk.answerAll();
        PayloadPane* pane = desk.page.inspector()->payloadPane();
        const auto copied = [&] {
            pane->copy();
            return QGuiApplication::clipboard()->text();
        };
        QVERIFY(!pane->text()->toPlainText().contains(u"4242424242424242"_s));
        QVERIFY(!copied().contains(u"tok_live"_s));
        QVERIFY(copied().contains(u"ada@example.com"_s));
        QVERIFY(QJsonDocument::fromJson(copied().toUtf8()).isObject());
        pane->revealBox()->click();
        QVERIFY(pane->text()->toPlainText().contains(u"4242424242424242"_s));
        QVERIFY(copied().contains(u"tok_live_9f8e7d"_s));
        desk.open(1);
        desk.answerAll();
        QVERIFY(!pane->isRevealed());  // each job anew
    }

    void secretNames_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("secret");
        for (const auto& name :
             {u"password"_s, u"userPassword"_s, u"X-Api-Key"_s, u"access_token"_s, u"card"_s, u"cardNumber"_s,
              u"Authorization"_s, u"client_secret"_s, u"cvv"_s})
            QTest::newRow(qPrintable(name)) << name << true;
        for (const auto& name : {u"discard"_s, u"keyboard"_s, u"author"_s, u"pass"_s, u"id"_s, u"opinion"_s})
            QTest::newRow(qPrintable(name)) << name << false;
    }
    void secretNames() {
        QFETCH(QString, name);
        QFETCH(bool, secret);
        QCOMPARE(isSecretName(name), secret);
    }

    void secretsInText_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("query") << u"GET /pay?token=s3cret&x=1"_s;
        QTest::newRow("header") << u"Authorization: Bearer s3cret"_s;
        QTest::newRow("JSON that is cut") << u"{\"a\": 1, \"password\": \"s3cret"_s;
        QTest::newRow("quote in it") << u"{\"password\": \"x\\\"s3cret\", "_s;
        QTest::newRow("JSON in JSON") << u"\"{\\\"api_key\\\":\\\"s3cret\\\"}\""_s;
        QTest::newRow("Ruby") << u"{:password=>\"s3cret\"}"_s;
    }
    void secretsInText() {
        QFETCH(QString, text);
        QVERIFY2(!redacted(text).contains(u"s3cret"_s), qPrintable(redacted(text)));
    }

    void hostilePayloads_data() {
        QTest::addColumn<QByteArray>("payload");
        QTest::addColumn<bool>("tree");
        QTest::addColumn<QString>("shown");
        QTest::newRow("rich text") << QByteArray("{\"<b>x</b>\": \"<img src='http://evil'/><h1>hi</h1>\"}")
                                   << true << u"<h1>hi</h1>"_s;
        QTest::newRow("control characters") << QByteArray("{\"a\": \"\\u001b[31m\\u202eevil\\u0000\"}")
                                            << true << u"\\x1b[31m\\u202eevil\\x00"_s;
        QTest::newRow("invalid UTF-8") << QByteArray("{\"a\": \"\xff\xfe\x80\"}") << false << u"ff fe 80"_s;
        QTest::newRow("bytes") << QByteArray("\x80\x04\x95\x00\x00\x00", 6) << false << u"80 04 95 00"_s;
        QTest::newRow("1 MiB in one value")
            << "{\"a\": \"" + QByteArray(1024 * 1024, 'x') + "\"}" << true << u"xxxx"_s;
        QTest::newRow("1 MiB of fields")
            << "[" + QByteArray("{\"k\": 1},").repeated(100'000) + "0]" << true << u"more"_s;
        QTest::newRow("10 000 levels")
            << QByteArray(10'000, '[') + QByteArray(10'000, ']') << false << u"[[[["_s;
        QTest::newRow("10 000 levels of objects")
            << QByteArray("{\"a\":").repeated(10'000) + "1" + QByteArray(10'000, '}') << false
            << u"{\"a\":"_s;
        QTest::newRow("1 MiB of brackets") << QByteArray(1024 * 1024, '{') << false << u"{{{{"_s;
        QTest::newRow("1 MiB of almost secrets")
            << QByteArray("token token").repeated(95'000) << false << u"token token"_s;
        QTest::newRow("a large number")
            << QByteArray("[12345678901234567, 12345678901234567890]") << true << u"≈ 1.23456789012346e+19"_s;
    }
    void hostilePayloads() {
        QFETCH(QByteArray, payload);
        QFETCH(bool, tree);
        QFETCH(QString, shown);
        JobInspector inspector;
        inspector.resize(420, 600);
        inspector.show();
        QElapsedTimer clock;
        clock.start();
        JobDetail detail;
        detail.job.id = u"<b>1</b>"_s;
        detail.payload = payload;
        detail.errors = {{{}, 1, u"<img src=x>\x1b[2J"_s + QString(100'000, u'e')}};
        inspector.showDetail(detail);
        QCoreApplication::processEvents();
        QVERIFY2(clock.elapsed() < 10'000, qPrintable(QString::number(clock.elapsed())));
        PayloadPane* pane = inspector.payloadPane();
        QCOMPARE(pane->tree()->isVisible(), tree);
        QString seen = pane->text()->toPlainText();
        for (QTreeWidgetItemIterator it(pane->tree()); *it; ++it) {
            seen += u'\n' + (*it)->text(0) + u'\n' + (*it)->text(1);
            QVERIFY((*it)->text(1).size() <= kLongestPayloadValue + 8);
            QVERIFY(!(*it)->toolTip(1).contains(u"<img"_s));
        }
        QVERIFY2(seen.contains(shown), qPrintable(seen.left(300)));
        QVERIFY(!seen.contains(QChar(0x1b)) && !seen.contains(QChar(0x202e)));
        QVERIFY(!inspector.errorView()->toPlainText().contains(QChar(0x1b)));
        QVERIFY(inspector.errorView()->toPlainText().contains(u"<img src=x>"_s));
        for (const auto* label : inspector.findChildren<QLabel*>())
            QVERIFY(label->textFormat() == Qt::PlainText || label->text().isEmpty());
    }

    void cutPayloadSaysSo() {
        const PayloadView view = payloadView("{\"a\": \"\xc3", true, false);
        QCOMPARE(view.form, PayloadView::Form::text);
        QVERIFY(view.note.contains(u"larger than"_s));
        QCOMPARE(payloadView({}, true, false).note, u"It is too large to be fetched."_s);
        const QByteArray bracketsInNames = "{\"[[[\": [\"\\\"[[\", {}]}";
        QCOMPARE(nestingOf(bracketsInNames), 3);
    }

    void copiedTablesAreSafeToPaste() {
        DeadJobsModel model;
        DeadPage page{
            test::someNight(), {desk(u"=HYPERLINK(\"x\")"_s), desk(u"a\tb\nc"_s)}, Count::exact(2), {}};
        model.addPage(page);
        const QStringList lines = tsvOf(model, {}, {0, 1}).split(u'\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY(lines[1].startsWith(u"'=HYPERLINK"_s));
        QCOMPARE(lines[2].count(u'\t'), 1);
    }

private:
    static DeadJob desk(const QString& id) {
        DeadJob job;
        job.id = id;
        return job;
    }
};

QTEST_MAIN(DeadLettersTest)
#include "tst_dead_letters.moc"
