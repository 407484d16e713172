// Findings that somebody acknowledged, and those that ended: what the list, the headline and the dialog say.
#include <QComboBox>
#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QTabBar>
#include <QtTest>

#include "backends/domain/acknowledgement.h"
#include "tests/support/invented_scene.h"
#include "widgets/charts/time_view.h"
#include "widgets/dialogs/acknowledge_dialog.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/time_bar.h"
#include "widgets/verdict/finding_entry.h"
#include "widgets/verdict/finding_list.h"
#include "widgets/verdict/verdict.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

QString wordsOf(const QWidget& widget) {
    QStringList said;
    for (const auto* label : widget.findChildren<SafeLabel*>())
        if (label->isVisible()) said << label->safeText();
    return said.join(u'|');
}

QPushButton* buttonOf(const QWidget& widget, const QString& text) {
    for (auto* button : widget.findChildren<QPushButton*>())
        if (button->text() == text && !button->isHidden()) return button;
    return nullptr;
}

// The scene's worst finding, as somebody has said they know of it.
Acknowledgement knownBy(const Finding& finding, const QString& by) {
    Acknowledgement said = acknowledgementOf(finding);
    said.by = by;
    return said;
}

}  // namespace

class KnownFindingsTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;

private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::light); }

    void theHeadlineSpeaksOfWhatNobodyHasSeen() {
        InventedScene scene;
        ConnectionViews views = scene.at(0);
        const QDateTime now = QDateTime::currentDateTime();
        const Verdict before = verdictOn(views, now);
        QCOMPARE(before.tone, Verdict::Tone::critical);
        const Finding worst = views[0].last->findings.front();
        views[0].acknowledgements = {knownBy(worst, u"anna"_s)};
        const Verdict after = verdictOn(views, now);
        QVERIFY(after.id != before.id);
        QCOMPARE(after.more, before.more);  // it still counts among the rest
        // All are known: the worst stays in sight, but nobody has to get up.
        for (ConnectionView& view : views) {
            view.acknowledgements.clear();
            for (const Finding& finding : view.last->findings)
                view.acknowledgements.push_back(knownBy(finding, u"anna"_s));
        }
        const Verdict known = verdictOn(views, now);
        QCOMPARE(known.tone, Verdict::Tone::note);
        QCOMPARE(known.word, u"Known"_s);
        QCOMPARE(known.id, before.id);
        QVERIFY2(known.reasons.startsWith(u"Acknowledged by anna until it ends"_s),
                 qPrintable(known.reasons));
    }

    void theListGreysWhatIsKnownAndTakesItBack() {
        InventedScene scene;
        const ConnectionViews views = scene.at(0);
        std::vector<Finding> findings = views[0].last->findings;
        const Finding worst = findings.front();
        applyAcknowledgements(findings, {knownBy(worst, u"anna"_s)}, findings.front().since);
        FindingList list(Place::overview);
        list.resize(800, 500);
        list.setKept(true);
        list.show();
        list.setFindings(findings, QDate::currentDate());
        QVERIFY2(wordsOf(list).contains(u"1 known"_s), qPrintable(wordsOf(list)));
        auto entries = list.findChildren<FindingEntry*>();
        const auto last = std::find_if(entries.begin(), entries.end(), [&](const FindingEntry* entry) {
            return entry->finding().id == worst.id;
        });
        QVERIFY(last != entries.end());
        (*last)->setOpen(true);
        QVERIFY(wordsOf(**last).contains(u"Acknowledged by anna until it ends"_s));
        QSignalSpy asked(&list, &FindingList::acknowledgeRequested);
        QPushButton* back = buttonOf(**last, u"Take back"_s);
        QVERIFY(back);
        QTest::mouseClick(back, Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        QVERIFY(asked[0][0].value<Finding>().acknowledged.has_value());
        entries.front()->setOpen(true);
        QVERIFY(buttonOf(*entries.front(), u"Acknowledge…"_s));
        list.setKept(false);  // nobody keeps it: nobody may say it
        QVERIFY(!buttonOf(*entries.front(), u"Acknowledge…"_s));
    }

    void theWindowAsksUntilWhenAndTakesBack() {
        InventedScene scene;
        Workspace window;
        window.setConnections(scene.at(0));
        window.resize(1400, 900);
        window.show();
        window.keepsHistory();
        QSignalSpy said(&window, &Workspace::acknowledged);
        const Finding worst = scene.views()[0].last->findings.front();
        window.acknowledge(worst);
        auto* dialog = window.findChild<AcknowledgeDialog*>();
        QVERIFY(dialog);
        QCOMPARE(dialog->end()->currentText(), u"it ends"_s);
        dialog->wholeQueue()->setChecked(true);
        QVERIFY2(dialog->end()->findText(u"it ends"_s) < 0, "a queue is not silent for ever");
        dialog->note()->setText(u"  known \n since nine "_s);
        dialog->accept();
        QCOMPARE(said.count(), 1);
        auto first = said[0][0].value<Acknowledgement>();
        QVERIFY(first.finding.isEmpty());
        QCOMPARE(first.queue, worst.queue);
        QCOMPARE(first.note, u"known since nine"_s);
        const double length_s =
            static_cast<double>(millisSinceEpoch(*first.until) - QDateTime::currentMSecsSinceEpoch()) / 1000;
        QVERIFY2(length_s > 25 * 60 && length_s <= 30 * 60, qPrintable(QString::number(length_s)));
        Finding known = worst;
        known.acknowledged = first;
        window.acknowledge(known);
        QCOMPARE(said.count(), 2);
        QVERIFY(said[1][0].value<Acknowledgement>().taken_back);
    }

    void whatEndedIsListedAndLeadsToItsCharts() {
        InventedScene scene;
        Workspace window;
        window.setConnections(scene.at(0));
        window.resize(1400, 900);
        window.show();
        window.keepsHistory();
        auto* list = window.overviewPage()->findChild<FindingList*>();
        auto* filter = list->findChild<QComboBox*>();
        QSignalSpy wanted(&window, &Workspace::endedFindingsWanted);
        filter->setCurrentIndex(filter->findText(u"Ended in the last day"_s));
        QCOMPARE(wanted.count(), 1);
        QVERIFY(wanted[0][1].toDouble() - wanted[0][0].toDouble() > 86'400);
        QVERIFY(wordsOf(*list).contains(u"Nothing ended in the last day."_s));
        const Finding open = scene.views()[0].last->findings.front();
        const ServerTime since = open.since;
        const FindingRun ended{{u"dead_letters:pgboss:emails"_s, since - std::chrono::hours{1},
                                since - std::chrono::minutes{20}},
                               u"prod-pg"_s,
                               u"pgboss"_s,
                               u"emails"_s,
                               Severity::warning,
                               u"emails had dead letters"_s,
                               u"emails: 12 dead."_s};
        window.takeEndedFindings({ended, runOf(open, since)});
        QVERIFY2(wordsOf(*list).contains(u"emails had dead letters"_s), qPrintable(wordsOf(*list)));
        QVERIFY2(!wordsOf(*list).contains(open.title), "it goes on, so it did not end");
        auto* entry = list->findChildren<FindingEntry*>().front();
        entry->setOpen(true);
        QPushButton* way = buttonOf(*entry, u"Open its charts of then →"_s);
        QVERIFY(way);
        QTest::mouseClick(way, Qt::LeftButton);
        QCOMPARE(window.queuePage()->queue(), (QueueRef{u"prod-pg"_s, u"pgboss"_s, u"emails"_s}));
        const auto [from, to] = window.queuePage()->view().visible();
        const double begin = static_cast<double>(millisSinceEpoch(ended.span.since)) / 1000;
        QVERIFY(from < begin && begin - from < 600);
        QVERIFY(to > begin + 40 * 60 && to < begin + 60 * 60);
    }

    void lookingBackShowsThenUntilNowIsAskedFor() {
        InventedScene scene, before;
        Workspace window;
        window.setConnections(scene.at(0));
        window.resize(1400, 900);
        window.show();
        window.keepsHistory();
        const QString worst = scene.views()[0].last->findings.front().title;
        const double now = static_cast<double>(millisSinceEpoch(scene.views()[0].last->observed_at)) / 1000;
        window.setReach(now - 86'400);
        QVERIFY2(wordsOf(window).contains(worst), qPrintable(wordsOf(window)));
        QSignalSpy wanted(&window, &Workspace::momentWanted);
        window.lookBack(now - 3000);
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted[0][0].toDouble(), now - 3000);
        ConnectionViews then = before.at(3000);  // before the incident
        for (ConnectionView& view : then) view.past = true;
        window.takeMoment(now - 9999, scene.views());  // of a moment that was left meanwhile
        window.takeMoment(now - 3000, then);
        QVERIFY2(!wordsOf(window).contains(worst), qPrintable(wordsOf(window)));
        QVERIFY2(!wordsOf(window).contains(u"Quiet"_s), "nobody knows what was not recorded");
        QVERIFY2(wordsOf(window).contains(u"Then: "_s) ||
                     wordsOf(window).contains(u"No finding stood at this moment"_s),
                 qPrintable(wordsOf(window)));
        window.setConnections(scene.at(0));  // the next poll
        QVERIFY2(!wordsOf(*window.overviewPage()).contains(worst), "the past stays until it is left");
        QVERIFY2(wordsOf(*window.timeBar()).contains(u"Now: "_s), "but a critical of now is said");
        auto* tabs = window.findChild<QTabBar*>();
        QVERIFY(tabs->isTabEnabled(1) && !tabs->isTabEnabled(2) && !tabs->isTabEnabled(4));
        ConnectionViews nothing = then;
        for (ConnectionView& view : nothing) view.last = nullptr;
        window.takeMoment(now - 3000, nothing);
        QVERIFY(wordsOf(*window.timeBar()).contains(u"Nothing was recorded"_s));
        QVERIFY2(wordsOf(window).contains(u"not recorded then"_s), qPrintable(wordsOf(window)));
        window.lookAtNow();
        QVERIFY(!window.looksBack() && tabs->isTabEnabled(2));
        QVERIFY(wordsOf(window).contains(worst));
    }
};

QTEST_MAIN(KnownFindingsTest)
#include "tst_known_findings.moc"
