#include "backends/checklist/checklist_document.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

#include "backends/checklist/evidence_file.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kChecklistSchema = 1;
constexpr auto kChecksumOf = "sha256:";

QString hexHash(const QJsonObject& object) {  // keys of a QJsonObject are sorted
    const QByteArray bytes = QJsonDocument(object).toJson(QJsonDocument::Compact);
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

QJsonValue textJson(const QString& text) {
    return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
}
QJsonValue timeOrNull(const std::optional<ServerTime>& time) {
    return time ? QJsonValue(toIsoUtc(*time)) : QJsonValue(QJsonValue::Null);
}
QJsonValue numberOrNull(const std::optional<qint64>& number) {
    return number ? QJsonValue(*number) : QJsonValue(QJsonValue::Null);
}

std::optional<ServerTime> timeOf(const QJsonValue& value) {
    const QDateTime time = QDateTime::fromString(value.toString(), Qt::ISODateWithMs);
    if (!time.isValid()) return std::nullopt;
    return serverTimeFromMillis(time.toMSecsSinceEpoch());
}
std::optional<qint64> numberOf(const QJsonValue& value) {
    if (!value.isDouble()) return std::nullopt;
    return value.toInteger();
}

QJsonObject evidenceJson(const Evidence& e) {
    return {{u"kind"_s, evidenceKindName(e.kind)},
            {u"measured_by_us"_s, measuredByUs(e.kind)},
            {u"measured_at"_s, toIsoUtc(e.measured_at)},
            {u"measured_by"_s, textJson(e.measured_by)},
            {u"host"_s, textJson(e.host)},
            {u"where"_s, textJson(e.where)},
            {u"commit"_s, textJson(e.commit)},
            {u"job"_s, textJson(e.job)},
            {u"source"_s, textJson(e.source)},
            {u"workers"_s, numberOrNull(e.workers)},
            {u"attached_at"_s, toIsoUtc(e.attached_at)},
            {u"document"_s, e.document}};
}

QJsonObject answerJson(const ChecklistAnswer& answer) {
    QJsonArray evidence;
    for (const auto& one : answer.evidence) evidence << evidenceJson(one);
    return {{u"answer"_s, answer.choice ? QJsonValue(answerName(*answer.choice)) : QJsonValue()},
            {u"text"_s, answer.text},
            {u"at"_s, timeOrNull(answer.at)},
            {u"evidence"_s, evidence}};
}

QJsonObject contentJson(const Checklist& c) {
    QJsonObject answers;
    for (const auto question : kChecklistQuestions)
        answers[questionName(question)] = answerJson(c.answer(question));
    return {{u"title"_s, c.title},
            {u"link"_s, textJson(c.link)},
            {u"commit"_s, textJson(c.commit)},
            {u"jobs"_s, QJsonArray::fromStringList(c.jobs)},
            {u"queue"_s, textJson(c.queue)},
            {u"connection"_s, textJson(c.connection)},
            {u"environment"_s, c.environment ? QJsonValue(environmentName(*c.environment)) : QJsonValue()},
            {u"staging"_s, textJson(c.staging)},
            {u"author"_s, c.author},
            {u"deploy_window"_s,
             QJsonObject{{u"from"_s, timeOrNull(c.window.from)}, {u"until"_s, timeOrNull(c.window.until)}}},
            {u"workers"_s, numberOrNull(c.workers)},
            {u"answers"_s, answers},
            {u"silent_failure"_s,
             QJsonObject{{u"text"_s, c.silent_failure}, {u"at"_s, timeOrNull(c.silent_failure_at)}}}};
}

QJsonObject signOffJson(const SignOff& s) {
    return {{u"reviewer"_s, s.reviewer},
            {u"at"_s, toIsoUtc(s.at)},
            {u"account"_s, s.account},
            {u"host"_s, s.host},
            {u"accept_risk"_s, textJson(s.accept_risk)},
            {u"content"_s, s.content},
            {u"on_export"_s, s.on_export}};
}

// Collects what does not fit, so that reading goes straight through.
class ChecklistReader {
public:
    explicit ChecklistReader(const QJsonObject& object) : m_object(object) {}

    Outcome<Checklist> read() {
        Checklist c;
        readChange(c);
        for (const auto question : kChecklistQuestions)
            c.answer(question) = answer(m_object[u"answers"_s].toObject()[questionName(question)].toObject());
        const auto silent = m_object[u"silent_failure"_s].toObject();
        c.silent_failure = silent[u"text"_s].toString();
        c.silent_failure_at = timeOf(silent[u"at"_s]);
        for (const auto value : m_object[u"sign_offs"_s].toArray())
            c.sign_offs.push_back(signOff(value.toObject()));
        if (m_wrong.isEmpty()) return c;
        return Failure{FailureKind::usage,
                       u"The checklist cannot be read: %1."_s.arg(m_wrong),
                       {},
                       u"Export it again with \"spillwayctl checklist export\"."_s};
    }

private:
    void wrong(const QString& what) {
        if (m_wrong.isEmpty()) m_wrong = what;
    }
    ServerTime time(const QJsonObject& object, const QString& name) {
        const auto found = timeOf(object[name]);
        if (!found) wrong(u"\"%1\" is no time"_s.arg(name));
        return found.value_or(ServerTime());
    }
    void readChange(Checklist& c) {
        c.id = m_object[u"checklist"_s].toString();
        if (!isChecklistId(c.id)) wrong(u"it has no id"_s);
        c.title = m_object[u"title"_s].toString();
        c.link = m_object[u"link"_s].toString();
        c.commit = m_object[u"commit"_s].toString();
        for (const auto job : m_object[u"jobs"_s].toArray()) c.jobs << job.toString();
        c.queue = m_object[u"queue"_s].toString();
        c.connection = m_object[u"connection"_s].toString();
        c.environment = environmentFromName(m_object[u"environment"_s].toString());
        c.staging = m_object[u"staging"_s].toString();
        c.author = m_object[u"author"_s].toString();
        c.created = time(m_object, u"created"_s);
        const auto window = m_object[u"deploy_window"_s].toObject();
        c.window = {timeOf(window[u"from"_s]), timeOf(window[u"until"_s])};
        c.workers = numberOf(m_object[u"workers"_s]);
        c.deployed = timeOf(m_object[u"deployed"_s]);
    }
    ChecklistAnswer answer(const QJsonObject& object) {
        ChecklistAnswer a;
        const QString choice = object[u"answer"_s].toString();
        a.choice = answerFromName(choice);
        if (!choice.isEmpty() && !a.choice) wrong(u"\"%1\" is no answer"_s.arg(choice.left(20)));
        a.text = object[u"text"_s].toString();
        a.at = timeOf(object[u"at"_s]);
        for (const auto value : object[u"evidence"_s].toArray())
            a.evidence.push_back(evidence(value.toObject()));
        return a;
    }
    Evidence evidence(const QJsonObject& object) {
        Evidence e;
        const auto kind = evidenceKindFromName(object[u"kind"_s].toString());
        if (!kind) wrong(u"a piece of evidence is of no kind that is known"_s);
        e.kind = kind.value_or(EvidenceKind::foreign);
        e.measured_at = time(object, u"measured_at"_s);
        e.measured_by = object[u"measured_by"_s].toString();
        e.host = object[u"host"_s].toString();
        e.where = object[u"where"_s].toString();
        e.commit = object[u"commit"_s].toString();
        e.job = object[u"job"_s].toString();
        e.source = object[u"source"_s].toString();
        e.workers = numberOf(object[u"workers"_s]);
        e.attached_at = time(object, u"attached_at"_s);
        e.document = object[u"document"_s].toObject();
        return e;
    }
    SignOff signOff(const QJsonObject& object) {
        return {object[u"reviewer"_s].toString(),    time(object, u"at"_s),
                object[u"account"_s].toString(),     object[u"host"_s].toString(),
                object[u"accept_risk"_s].toString(), object[u"content"_s].toString(),
                object[u"on_export"_s].toBool()};
    }

    const QJsonObject& m_object;
    QString m_wrong;
};

Failure edited(const QString& what) {
    return {FailureKind::protocol, what, {}, u"Export it again with \"spillwayctl checklist export\"."_s};
}

}  // namespace

QString contentHash(const Checklist& checklist) {
    return hexHash(contentJson(checklist));
}

QJsonObject checklistDocument(const Checklist& c) {
    QJsonObject document = contentJson(c);
    QJsonArray signatures;
    for (const auto& signature : c.sign_offs) signatures << signOffJson(signature);
    document[u"schema"_s] = kChecklistSchema;
    document[u"kind"_s] = u"checklist"_s;
    document[u"checklist"_s] = c.id;
    document[u"created"_s] = toIsoUtc(c.created);
    document[u"sign_offs"_s] = signatures;
    document[u"deployed"_s] = timeOrNull(c.deployed);
    return document;
}

QJsonObject sealed(const QJsonObject& document) {
    QJsonObject whole = document;
    whole.remove(u"checksum"_s);
    whole[u"checksum"_s] = QLatin1String(kChecksumOf) + hexHash(whole);
    return whole;
}

QByteArray checklistBytes(const Checklist& checklist) {
    return QJsonDocument(sealed(checklistDocument(checklist))).toJson();
}

Outcome<Checklist> checklistFromBytes(const QByteArray& bytes) {
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError)
        return edited(
            u"It is no whole JSON document: %1 at byte %2."_s.arg(error.errorString()).arg(error.offset));
    const QJsonObject object = document.object();
    if (object[u"kind"_s].toString() != u"checklist"_s)
        return Failure{FailureKind::usage,
                       u"It is JSON, but no exported checklist."_s,
                       {},
                       u"Give the file that \"spillwayctl checklist export --format json\" wrote."_s};
    if (object[u"schema"_s].toInt() != kChecklistSchema)
        return Failure{FailureKind::usage,
                       u"It was written in layout %1, and this program reads layout %2."_s
                           .arg(object[u"schema"_s].toInt())
                           .arg(kChecklistSchema),
                       {},
                       u"Use the version that wrote it."_s};
    if (object[u"checksum"_s].toString() != sealed(object)[u"checksum"_s].toString())
        return edited(u"It was edited after it was exported: its checksum does not fit."_s);
    return ChecklistReader(object).read();
}

QJsonObject judgementDocument(const ChecklistJudgement& judgement) {
    QJsonArray questions;
    for (const auto question : kChecklistQuestions) {
        const auto& answer = judgement.answer(question);
        QJsonArray evidence;
        for (const auto& e : answer.evidence)
            evidence << QJsonObject{
                {u"sentence"_s, e.judgement.sentence},
                {u"caveats"_s, QJsonArray::fromStringList(e.judgement.caveats)},
                {u"bearing"_s, e.judgement.bearing == Bearing::supports      ? u"supports"_s
                               : e.judgement.bearing == Bearing::contradicts ? u"contradicts"_s
                                                                             : u"undecided"_s},
                {u"expired"_s, e.expired ? QJsonValue(*e.expired) : QJsonValue()},
                {u"counts"_s, e.counts()}};
        questions << QJsonObject{{u"question"_s, questionName(question)},
                                 {u"standing"_s, standingName(answer.standing)},
                                 {u"evidence"_s, evidence}};
    }
    return {{u"verdict"_s, checklistVerdictName(judgement.verdict)},
            {u"reasons"_s, QJsonArray::fromStringList(judgement.reasons)},
            {u"warnings"_s, QJsonArray::fromStringList(judgement.warnings)},
            {u"sentence"_s, judgement.sentence},
            {u"questions"_s, questions}};
}

}  // namespace spillway
