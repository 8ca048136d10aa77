using System;
using System.Text;
using SharpRunc.Core;
using SharpRunc.Core.Security;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

/// <summary>
/// A command with the kernel's door watched, natively compiled because only there a fork is safe. The child inherits the watch with
/// everything else, and goes on counting where the runtime was.
///   sharprunc-probe count COMMAND                            one line a call: who makes it, its number, name and subject
///   sharprunc-probe fail runtime|child NUMBER ERRNO COMMAND  that call of that process is refused
///   sharprunc-probe list COMMAND                             as count, without what comes before the program is sealed
///   sharprunc-probe step POINTS MOVES COMMAND                an attacker acts before each of these calls (runtime:NUMBER,child:NUMBER)
///   sharprunc-probe keys MODE ARGS                           after others' session keyrings: see <see cref="Keys"/>
///   sharprunc-probe load FILE                                filters, each loaded by a child of its own: see <see cref="Loader"/>
///   sharprunc-probe supervise NUMBER MOVES PROGRAM…          any runtime, and the attacker acts before its NUMBERth call that looks at
/// names   sharprunc-probe calls CALL…                              in a container: each of these system calls and what it answers (<see
/// cref="Calls"/>)   sharprunc-probe leader FILE                              in a container: ends its first thread and counts on in FILE
/// (<see cref="Leader"/>)   sharprunc-probe trace PID                                what a filter holds of that process for its tracer
/// (<see cref="Tracer"/>)   sharprunc-probe observe ORDERS ANSWERS …                 in a container: looks at all others when told to (<see
/// cref="Observer"/>)   sharprunc-probe impostor MESSAGE FILE|- REPORT READY     in a container: speaks in the place of who comes in (<see
/// cref="Impostor"/>)   sharprunc-probe lookout EVERY ORDERS ANSWERS new|old PROGRAM…  any runtime, and the observer looks before its
/// children's calls (<see cref="Lookout"/>)   sharprunc-probe old-kernel PROGRAM…                      any runtime, as before Linux 6.17
/// (<see cref="OldKernel"/>)   sharprunc-probe thief PID FILE [RECORD]                  in a container: copies a waiting init's descriptors
/// and keeps them (<see cref="Thief"/>)
///   sharprunc-probe hold PID|0 FILE                          in a container: stops it, or who comes in, by tracing (<see cref="Tracer"/>)
///   sharprunc-probe silent root|fifos|mount DIRECTORY FILE   in a container: serves a file system, and does not answer
///                                                            (<see cref="SilentServer"/>)
///   sharprunc-probe secrets PID TEXT…                        in a container: where in that process's
/// strings and memory a text is   sharprunc-probe functions PROGRAM SYMBOLS COMMAND…       which functions of PROGRAM a command that starts
/// it executes (<see cref="Functions"/>)   sharprunc-probe compile CONFIG                           what compiling its seccomp profile
/// takes, see <see cref="FilterCost"/>   sharprunc-probe filters FILE…                            what calls cost under these filters
/// COMMAND is a line of <see cref="Command"/>; MOVES is a file for <see cref="Attacker"/>. Exit status 0: done; 1: refused, with the
/// message on stderr; 70: an exception that no user should ever see.
/// </summary>
internal static class Program
{
    private const int Internal = 70;

    private static int Main(string[] args)
    {
        Attacker? attacker = null;
        try
        {
            string[] command;
            switch (args[0])
            {
                case "count":
                    command = args[1..];
                    Watch.Count();
                    break;
                case "list":
                    command = args[1..];
                    Seal.Ensure();
                    Watch.Count();
                    break;
                case "fail":
                    command = args[4..];
                    Watch.Fail(args[1], int.Parse(args[2]), int.Parse(args[3]));
                    break;
                case "functions":
                    return Functions.Run(args[1], args[2], args[3..]);
                case "compile":
                    return FilterCost.Compile(args[1]);
                case "filters":
                    return FilterCost.Run(args[1..]);
                case "load":
                    return Loader.Run(args[1]);
                case "supervise":
                    attacker = Attacker.Start(args[2]);
                    return Supervisor.Run(int.Parse(args[1]), attacker, args[3..]);
                case "leader":
                    return Leader.Run(args[1]);
                case "calls":
                    return Calls.Run(args[1..]);
                case "keys":
                    return Keys.Run(args[1..]);
                case "observe":
                    return Observer.Run(args[1..]);
                case "impostor":
                    return Impostor.Run(args[1], args[2], args[3], args[4]);
                case "lookout":
                    return Lookout.Run(int.Parse(args[1]), args[2], args[3], args[4] == "old", args[5..]);
                case "old-kernel":
                    return OldKernel.Run(args[1..]);
                case "thief":
                    return Thief.Run(int.Parse(args[1]), args[2], args[3..]);
                case "secrets":
                    return Thief.Search(int.Parse(args[1]), args[2..]);
                case "hold":
                    return Tracer.Hold(int.Parse(args[1]), args[2]);
                case "silent":
                    return SilentServer.Run(args[1], args[2], args[3]);
                case "trace":
                    return Tracer.Run(int.Parse(args[1]));
                default:
                    command = args[3..];
                    Seal.Ensure(); // or two attackers would act, each once
                    attacker = Attacker.Start(args[2]);
                    Watch.Step(args[1].Split(','), attacker);
                    break;
            }
            return Command.Run(command);
        }
        catch (Exception e)
        {
            Sys.Probe = null;
            Sys.TryWrite(Fd.Own(2), Encoding.UTF8.GetBytes(e.GetType().Name + ": " + e.Message + "\n"));
            return e is ContainerException or SysException or UnexpectedInodeException ? 1 : Internal;
        }
        finally
        {
            Sys.Probe = null;
            attacker?.Dispose();
        }
    }
}
