using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Linux.LibC;
using SharpRunc.Logging;

namespace SharpRunc.Tests.CommandLine;

internal sealed class LogLineTests
{
    private const string Time = "2026-11-21T01:31:10Z";

    private static LogLine Line(string message, ContainerException? e = null, LogEvent? at = null)
        => new() { Level = LogLevel.Error, Message = message, Time = Time, Exception = e, Event = at };

    private static string Text(byte[] line) => Encoding.UTF8.GetString(line);

    [Test]
    public void Json_has_the_three_keys_that_containerd_reads()
        => Assert.That(Text(Line("container does not exist").ToJson()),
            Is.EqualTo("{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"2026-11-21T01:31:10Z\"}\n"));

    [Test]
    public void Text_is_as_logrus_writes_it()
        => Assert.That(Text(Line("runc: \"state\" requires exactly 1 argument(s)").ToText()),
            Is.EqualTo("time=\"2026-11-21T01:31:10Z\" level=error msg=\"runc: \\\"state\\\" requires exactly 1 argument(s)\"\n"));

    [Test]
    public void The_structured_fields_are_extra_keys()
    {
        ContainerException e = ContainerException.From(
            ErrorCode.MountFailed, new SysException("move_mount", "/dev/pts", Libc.EPERM), "mounts[3]", "/mounts/3", "as root");
        Assert.That(Text(Line(e.Message, e).ToJson()), Does.EndWith(
            "\"code\":\"mount.failed\",\"pointer\":\"/mounts/3\",\"call\":\"move_mount\",\"subject\":\"/dev/pts\","
                + "\"errno\":1,\"hint\":\"as root\"}\n"));
        Assert.That(Text(Line(e.Message, e).ToText()), Does.EndWith(" pointer=/mounts/3 call=move_mount errno=1 hint=\"as root\"\n"));
    }

    [Test]
    public void Debug_says_where_the_line_comes_from()
        => Assert.That(Text(Line("x", at: new LogEvent("x", "Run", "/src/Kill.cs", 12)).ToText()),
            Does.EndWith(" func=Run file=\"Kill.cs:12\"\n"));

    [Test]
    public void A_message_never_breaks_the_line()
    {
        Assert.That(Text(Line("a\nb\t\u0001é").ToText()), Does.Contain("msg=\"a\\nb\\t\\x01é\"\n"));
        Assert.That(Text(Line("a\nb").ToJson()).TrimEnd('\n'), Does.Not.Contain('\n'));
    }
}
