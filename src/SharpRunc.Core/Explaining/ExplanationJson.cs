using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

/// <summary>{"call": "clone", "decisions": [{"architecture": …, "number": …, "cases": […]}], "notes": []}.</summary>
internal static class ExplanationJson
{
    public static byte[] Unfiltered(string call, string note)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("call", call);
        json.Name("decisions");
        json.StartArray();
        json.EndArray();
        CaseJson.Strings(json, "notes", [note]);
        json.EndObject();
        return CaseJson.Bytes(json);
    }

    public static byte[] Write(Explanation explanation, ProfileEvaluator evaluator)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("call", explanation.Call);
        json.Name("decisions");
        json.StartArray();
        foreach (CallDecision decided in explanation.Decisions)
        {
            json.StartObject();
            json.Member("architecture", decided.Architecture.Name);
            if (decided.Number is { } number)
            {
                json.Member("number", number);
                if (decided.Name is not null)
                    json.Member("name", decided.Name);
                if (decided.Through.Length > 0)
                    json.Member("through", decided.Through);
                CaseJson.Cases(json, "cases", decided.Cases, evaluator.Document);
            }
            json.EndObject();
        }
        json.EndArray();
        CaseJson.Strings(json, "notes", ExplanationText.Notes(explanation, evaluator));
        json.EndObject();
        return CaseJson.Bytes(json);
    }
}
