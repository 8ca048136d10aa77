using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Checking;

/// <summary>Error: create refuses the bundle, or the container cannot start. Warning: it works, but not as it is written.</summary>
internal enum Severity { Error, Warning }

/// <summary>A mistake in a bundle.</summary>
/// <param name="Pointer">JSON pointer into config.json; "" for the whole of it.</param>
/// <param name="Line">From 1; 0: no place in the file is known.</param>
/// <param name="Column">In code points, from 1.</param>
/// <param name="Code">Of an error, as in <see cref="ErrorCode"/>.</param>
/// <param name="Hint">What to do about it, when known.</param>
internal sealed record Problem(
    Severity Severity, string Pointer, int Line, int Column, string Message, string? Code = null, string? Hint = null);

/// <summary>
/// Problems as lines, and as {"version": 1, "errors": 1, "warnings": 0, "problems": [{"severity": …, "line": …, "column": …, "pointer": …,
/// "message": …, "code": …, "hint": …}]}.
/// </summary>
internal static class ProblemText
{
    public static string Write(List<Problem> problems)
    {
        StringBuilder text = new();
        foreach (Problem problem in problems)
        {
            text.Append(problem.Line == 0 ? "config.json: " : $"config.json:{problem.Line}:{problem.Column}: ");
            text.Append(Name(problem.Severity)).Append(": ");
            if (problem.Pointer.Length > 0)
                text.Append(problem.Pointer).Append(": ");
            text.Append(problem.Message).Append('\n');
            if (problem.Hint is not null)
                text.Append("    hint: ").Append(problem.Hint).Append('\n');
        }
        int errors = Count(problems, Severity.Error), warnings = Count(problems, Severity.Warning);
        return text.Append(problems.Count == 0 ? "nothing to report" : $"{Plural(errors, "error")}, {Plural(warnings, "warning")}")
            .Append('\n').ToString();
    }

    /// <summary>With a final newline.</summary>
    public static byte[] Json(List<Problem> problems)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        json.Member("version", 1);
        json.Member("errors", Count(problems, Severity.Error));
        json.Member("warnings", Count(problems, Severity.Warning));
        json.Name("problems");
        json.StartArray();
        foreach (Problem problem in problems)
        {
            json.StartObject();
            json.Member("severity", Name(problem.Severity));
            json.Member("line", problem.Line);
            json.Member("column", problem.Column);
            json.Member("pointer", problem.Pointer);
            json.Member("message", problem.Message);
            if (problem.Code is not null)
                json.Member("code", problem.Code);
            if (problem.Hint is not null)
                json.Member("hint", problem.Hint);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
        return [.. json.Written.Span, (byte)'\n'];
    }

    public static int Count(List<Problem> problems, Severity severity) => problems.FindAll(problem => problem.Severity == severity).Count;

    private static string Name(Severity severity) => severity == Severity.Error ? "error" : "warning";

    private static string Plural(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
