/** Coverage: the answer, the map beside the streets that wait most, and the same figures in other orders. */
import { Answer } from "./answer";
import { Filters } from "./filters";
import { Ground } from "./ground";
import { Hours } from "./hours";
import { query } from "./query";
import { Round } from "./round";
import { rounding } from "./round_state";
import { Rows } from "./rows";
import { SentRounds } from "./sent";
import { Streets } from "./streets";
import { SumsTable } from "./sums";

export function Coverage() {
  const wanted = rounding.value;
  return (
    <>
      <Answer />
      <Filters />
      <div class="office-sides">
        <Ground />
        <div class="manager-beside">
          {wanted ? <Round key={`${wanted.township}/${wanted.street}`} wanted={wanted} /> : query.value.rows ? <Rows /> : <Streets />}
          <SentRounds />
        </div>
      </div>
      <div class="manager-below">
        <SumsTable />
        <Hours />
      </div>
    </>
  );
}
