using System.Collections.Generic;
using System.Text;
using SharpRunc.Core;
using SharpRunc.Documents;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ExplainCommand
{
    public static readonly Command Command = new("explain", "[<code>]", "say what the code of an error means, and what to do")
    {
        Description = "Codes are logged with --log-format json, and listed by check --json. Without one, all are listed.",
        MinArguments = 0,
        Run = (_, given) => Output.Write(given.Arguments is [var code, ..] ? Explain(code) : List()),
    };

    private static string Explain(string code)
    {
        List<ErrorPage> pages = ErrorPage.All();
        if (pages.Find(page => page.Code == code) is { } found)
            return found.ToText();
        string area = code[..(code.IndexOf('.') + 1)];
        List<string> likely = pages.ConvertAll(static page => page.Code);
        if (area.Length > 0 && likely.Exists(one => one.StartsWith(area, System.StringComparison.Ordinal)))
            likely.RemoveAll(one => !one.StartsWith(area, System.StringComparison.Ordinal));
        throw new ContainerException(ErrorCode.UsageValue, $"there is no error code \"{code}\"")
        {
            Hint = $"`sharprunc explain` lists all{(area.Length > 0 ? "; " + string.Join(", ", likely) : "")}",
        };
    }

    private static string List()
    {
        const int Width = 34;
        StringBuilder text = new();
        foreach (ErrorPage page in ErrorPage.All())
            text.Append(page.Code.PadRight(Width)).Append(page.Cause).Append('\n');
        return text.ToString();
    }
}
