using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Logging;
using SharpRunc.Tests.Support;
using JsonText = SharpRunc.Core.Spec.Json.JsonText;

namespace SharpRunc.Tests.CommandLine;

/// <summary>What others have named is shown at a terminal, and obeyed by none.</summary>
internal sealed class TerminalTextTests
{
    private const string Hostile =
        "\u001b]0;x\u0007\u007f\u0085\u009b2J\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\uDCE9";
    private const string Shown =
        "\\x1b]0;x\\x07\\x7f\\u0085\\u009b2J\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a\\u202b\\u202c\\u202d\\u202e\\u2066\\u2067\\u2068\\u2069\\xe9";

    [Test]
    public void Controls_and_bytes_are_escaped_and_letters_of_all_scripts_are_not()
    {
        Assert.That(TerminalText.Escape("é 漢字 😀 שלום\n\t" + Hostile), Is.EqualTo("é 漢字 😀 שלום\n\t" + Shown));
        Assert.That(TerminalText.EscapeCell("a\nb\tc"), Is.EqualTo("a\\x0ab\\x09c"));
    }

    [Test]
    public void A_line_of_the_log_is_obeyed_by_no_terminal_and_its_json_says_the_same()
    {
        LogLine line = new() { Level = LogLevel.Error, Message = Hostile, Time = "t" };
        Assert.That(Encoding.UTF8.GetString(line.ToText()), Does.Contain($"msg=\"{Shown}\""));
        string json = Encoding.UTF8.GetString(line.ToJson()).TrimEnd('\n');
        foreach (char c in json)
            Assert.That(TerminalText.IsControl(c), Is.False, json);
        Assert.That((string)JsonNode.Parse(json)!["msg"]!, Is.EqualTo(Hostile.Replace('\uDCE9', '\uFFFD')));
    }

    [Test]
    public void Our_own_json_brings_bytes_back()
    {
        JsonText json = new(exact: true);
        json.Value("a\uDCE9😀\"\\\u2028");
        Assert.That(Encoding.UTF8.GetString(json.Written.Span), Is.EqualTo("\"a\\udce9😀\\\"\\\\\\u2028\""));
    }

    [Test]
    public void A_bundle_and_an_annotation_are_obeyed_by_no_terminal()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["annotations"] = new JsonObject { ["a"] = Hostile.TrimEnd('\uDCE9') };
        string link = Path.Combine(runtime.Work, "b\n\u202e\u009b2Jc");
        Directory.Move(bundle.Write().Path, link);
        string id = Runtime.NewId();
        try
        {
            runtime.Run("create", "--bundle", link, id).Expect(0);
            foreach (string[] command in new string[][] { ["list"], ["list", "--format", "json"], ["state", id], ["ps", id],
                ["create", "--bundle", link, id], ["run", "--bundle", link + "\u0085", "x"] })
            {
                Result result = runtime.Run(command);
                foreach (char c in result.Output + result.Errors)
                    Assert.That(c is '\n' or '\t' || !TerminalText.IsControl(c), result.Output + result.Errors);
            }
            Assert.That(runtime.Run("list").Output.Split('\n'), Has.Length.EqualTo(3), "a header, a container, and the end");
            Assert.That((string)runtime.State(id)["bundle"]!, Is.EqualTo(link));
            runtime.Run("delete", "--force", id).Expect(0);
        }
        finally
        {
            Directory.Move(link, bundle.Path);
        }
    }
}
