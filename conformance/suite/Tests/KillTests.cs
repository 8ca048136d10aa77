using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class KillTests
{
    public static Section[] Sections =>
    [
        new("runtime.md#runtimeKill",
            Must("kill.id", "Kill without an id, or with one that nobody has, is an error.", box =>
            {
                box.Call("kill").ExpectError("kill without an id");
                box.Call("kill", box.NewId(), "TERM").ExpectError("kill of an unknown container");
            }),
            Must("kill.not-alive", "Kill of a container that has stopped is an error and does nothing to it.", box =>
            {
                Container container = box.Sleeper();
                container.Stop();
                container.Kill("TERM").ExpectError("kill of a stopped container");
                Expect.Equal("stopped", container.Status(), "status");
            }),
            Must("kill.signal", "Kill sends the signal that it is told to the container's process, created or running.", box =>
            {
                foreach ((string name, int number) in new[] { ("TERM", 15), ("SIGUSR1", 10), ("KILL", 9), ("12", 12) })
                    Signal(box, name, number);
                Container created = box.Create(box.NewBundle("sleep 300"));
                created.Kill("KILL").Expect("kill of a created container");
                created.WaitForEnd();
            })),
    ];

    /// <summary>In the host's PID namespace the default action of a signal is taken: the first process of a new one ignores it.</summary>
    private static void Signal(Box box, string name, int number)
    {
        Container container = box.Start(box.NewBundle(b => b.WithoutNamespace("pid"), "say ready", "sleep 300"));
        container.WaitForAnswers(1);
        container.Kill(name).Expect($"kill {name}");
        if (container.WaitForEnd() is { } status)
            Expect.Equal(number, status & 0x7f, $"the signal that ends the process after kill {name}");
    }
}
