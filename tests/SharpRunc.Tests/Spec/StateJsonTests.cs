using System.Collections.Generic;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

internal sealed class StateJsonTests
{
    private static readonly KeyValuePair<string, string>[] Annotations = [new("b", "<é\"\n>"), new("a", "")];

    private static StateProperties State => new()
    {
        Id = "c1",
        Pid = 42,
        Status = "running",
        Bundle = "/b",
        Rootfs = "/b/rootfs",
        Created = 1_700_000_000_120_000_000,
        Annotations = Annotations,
    };

    [Test]
    [Must("hooks.state")]
    public void The_state_MUST_be_passed_to_hooks_with_the_specifications_properties()
        => Assert.That(Encoding.UTF8.GetString(StateJson.ForHook("c1", "creating", 42, "/b", Annotations)),
            Is.EqualTo(
                """{"ociVersion":"1.3.0","id":"c1","status":"creating","pid":42,"bundle":"/b","annotations":{"b":"<é\"\n>","a":""}}"""));

    [Test]
    public void A_stopped_container_has_no_pid_in_the_state_of_a_hook()
        => Assert.That(Encoding.UTF8.GetString(StateJson.ForHook("c1", "stopped", 0, "/b", [])),
            Is.EqualTo("""{"ociVersion":"1.3.0","id":"c1","status":"stopped","bundle":"/b"}"""));

    [Test]
    [Must("state.ociVersion"), Must("state.id"), Must("state.status"), Must("state.pid"), Must("state.bundle")]
    [Must("query.state")]
    public void The_state_command_prints_two_spaces_and_no_newline_at_the_end()
        => Assert.That(Encoding.UTF8.GetString(StateJson.ForCommand(State)), Is.EqualTo("""
            {
              "ociVersion": "1.3.0",
              "id": "c1",
              "pid": 42,
              "status": "running",
              "bundle": "/b",
              "rootfs": "/b/rootfs",
              "created": "2023-11-14T22:13:20.12Z",
              "annotations": {
                "b": "<é\"\n>",
                "a": ""
              },
              "owner": ""
            }
            """));

    [Test]
    public void A_list_is_one_line_and_null_when_empty()
    {
        StateProperties other = new() { Id = "c2", Status = "stopped", Owner = "#7" };
        Assert.That(Encoding.UTF8.GetString(StateJson.List([])), Is.EqualTo("null\n"));
        Assert.That(Encoding.UTF8.GetString(StateJson.List([other])), Is.EqualTo(
            """[{"ociVersion":"1.3.0","id":"c2","pid":0,"status":"stopped","bundle":"","rootfs":"","created":"1970-01-01T00:00:00Z","owner":"#7"}]""" + "\n"));
        Assert.That(StateJson.List([State, other]), Has.Exactly(1).EqualTo((byte)'\n'));
    }

    [TestCase(0L, "1970-01-01T00:00:00Z")]
    [TestCase(1_772_323_199_999_999_999L, "2026-02-28T23:59:59.999999999Z")]
    [TestCase(1_709_164_800_000_000_001L, "2024-02-29T00:00:00.000000001Z")]
    [TestCase(1_709_164_800_500_000_000L, "2024-02-29T00:00:00.5Z")]
    [TestCase(-1L, "1969-12-31T23:59:59.999999999Z")]
    public void Times_are_RFC3339Nano(long nanoseconds, string text) => Assert.That(Rfc3339.Nano(nanoseconds), Is.EqualTo(text));
}
